// <page-logs>: how much each part of each node says in its log.
import { change, get, may, step } from "../api.js";
import { fill, h, visible } from "../dom.js";
import { doing, failures } from "../parts/notes.js";
import { Page } from "../parts/page.js";

const LEVELS = ["error", "warn", "info", "debug", "trace"];

class PageLogs extends Page {
    #trouble = h("div");
    #table = h("table");

    show() {
        fill(this, this.head("Log levels", "Changed at run time, until the process ends. Each change is in the audit."), this.#trouble, h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Log levels" }, this.#table));
        this.every(10_000, async () => this.#draw(await get("log-levels", {}, { signal: this.signal })), this.#trouble);
    }

    /** @param {any} answer */
    #draw({ items, failures: failed }) {
        if (this.#table.contains(document.activeElement)) {
            return; // somebody is choosing
        }
        const parts = [...new Set(items.flatMap((/** @type {any} */ each) => each.levels.map((/** @type {any} */ level) => level.part)))];
        const level = (/** @type {any} */ node, /** @type {string} */ part) => node.levels.find((/** @type {any} */ each) => each.part === part)?.level;
        fill(
            this.#table,
            h("caption.unseen", null, "Log levels by part and node"),
            h("thead", null, h("tr", null, h("th", { scope: "col" }, "Part"), items.map((/** @type {any} */ each) => h("th", { scope: "col" }, visible(each.node))), items.length > 1 && h("th", { scope: "col" }, "All nodes"))),
            h(
                "tbody",
                null,
                parts.map((part) =>
                    h(
                        "tr",
                        null,
                        h("th.plain", { scope: "row" }, part),
                        items.map((/** @type {any} */ each) => h("td", null, this.#choice(part, level(each, part), each.node))),
                        items.length > 1 && h("td", null, this.#choice(part, "", "")),
                    ),
                ),
            ),
        );
        fill(this.#trouble, failures(failed));
    }

    /** @param {string} part @param {string} level @param {string} node empty for all */
    #choice(part, level, node) {
        if (!may("PUT log-levels/{part}")) {
            return level || "–";
        }
        const select = h("select", { "aria-label": `${part} on ${node || "all nodes"}` }, !level && h("option", { value: "" }, "…"), [...LEVELS, "default"].map((each) => h("option", { value: each, selected: each === level }, each)), level && !LEVELS.includes(level) && h("option", { value: level, selected: true, disabled: true }, level));
        select.addEventListener("change", async () => {
            const wanted = select.value;
            await doing(async () => {
                const answer = await change("PUT", `log-levels/${step(part)}`, { query: { node }, body: { level: wanted } });
                return `${part}: ${wanted} on ${answer.items.map((/** @type {any} */ each) => each.node).join(", ")}.`;
            });
            select.blur();
            this.#draw(await get("log-levels"));
        });
        return select;
    }
}
customElements.define("page-logs", PageLogs);
