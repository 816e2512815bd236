// A list of the node's, page by page: what is not seen is not asked for.
import { fill, h } from "../dom.js";
import { failures, fault } from "./notes.js";

/**
 * @typedef {object} Column
 * @property {string} head
 * @property {(item: any) => any} cell what stands there
 * @property {string} [style] classes of head and cells: `num` for figures, `wide` for what a phone has no room for
 */

/** <paged-table>: list(what) shows the first page; again() asks for the same page once more. */
class PagedTable extends HTMLElement {
    /** Cursors of the pages up to this one, the first without. @type {(string | undefined)[]} */
    #cursors = [undefined];
    /** @type {{label: string, columns: Column[], fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<any>, empty: any, of?: string}} */
    #what = { label: "", columns: [], fetch: async () => ({ items: [] }), empty: "" };
    /** @type {string | undefined} */
    #next;
    #asking = new AbortController();
    #body = h("tbody");
    #trouble = h("div");
    #place = h("span.place", { role: "status" });
    #back = h("button", { type: "button", onclick: () => this.#turn(-1) }, "Previous");
    #forth = h("button", { type: "button", onclick: () => this.#turn(1) }, "Next");
    #pager = h("div.pager", null, this.#place, this.#back, this.#forth);

    disconnectedCallback() {
        this.#asking.abort();
    }

    /**
     * @param {object} what
     * @param {string} what.label
     * @param {Column[]} what.columns
     * @param {(cursor: string | undefined, signal: AbortSignal) => Promise<any>} what.fetch
     * @param {any} what.empty what is said where there is nothing
     */
    list(what) {
        this.#what = what;
        this.#cursors = [undefined];
        const table = h(
            "table",
            null,
            h("caption.unseen", null, what.label),
            h("thead", null, h("tr", null, what.columns.map(({ head, style }) => h(style ? `th.${style.replaceAll(" ", ".")}` : "th", { scope: "col" }, head || h("span.unseen", null, "Actions"))))),
            this.#body,
        );
        fill(this, this.#trouble, h("div.scroll", { tabindex: 0, role: "region", "aria-label": what.label }, table), this.#pager);
        return this.again();
    }

    /** @param {number} by */
    #turn(by) {
        if (by > 0) {
            this.#cursors.push(this.#next);
        } else {
            this.#cursors.pop();
        }
        return this.again();
    }

    async again() {
        this.#asking.abort();
        const asking = (this.#asking = new AbortController());
        this.setAttribute("aria-busy", "true");
        try {
            const page = await this.#what.fetch(this.#cursors.at(-1), asking.signal);
            if (!asking.signal.aborted) {
                this.#show(page);
            }
        } catch (error) {
            if (!asking.signal.aborted) {
                fill(this.#trouble, fault(error));
            }
        } finally {
            if (this.#asking === asking) {
                this.removeAttribute("aria-busy");
            }
        }
    }

    /** @param {any} page */
    #show(page) {
        const { columns, empty } = this.#what;
        this.#next = page.nextCursor;
        fill(this.#trouble, failures(page.failures));
        const rows = page.items.map((/** @type {any} */ item) =>
            h("tr", null, columns.map(({ cell, style }) => h(style ? `td.${style.replaceAll(" ", ".")}` : "td", null, cell(item)))),
        );
        const nothing = h("tr", null, h("td.empty", { colspan: columns.length }, this.#next ? "Nothing on this page; the next one may have more." : empty));
        fill(this.#body, rows.length ? rows : nothing);
        const number = this.#cursors.length;
        this.#back.disabled = number === 1;
        this.#forth.disabled = !this.#next;
        this.#pager.hidden = number === 1 && !this.#next;
        this.#place.textContent = `Page ${number}, ${page.items.length} rows${this.#next ? "" : ", the last"}`;
    }
}
customElements.define("paged-table", PagedTable);

/** @returns {any} */
export const pagedTable = () => document.createElement("paged-table");
