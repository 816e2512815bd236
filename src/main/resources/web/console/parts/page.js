// What all pages have: a head, an end, and looks that repeat while somebody looks.
import { fill, h } from "../dom.js";
import { fault } from "./notes.js";

/** @typedef {{path: string, rest: string, query: URLSearchParams}} Place rest: what stands behind the page's own path, decoded */

export class Page extends HTMLElement {
    #gone = new AbortController();
    /** @type {Place} */
    place = { path: "", rest: "", query: new URLSearchParams() };

    /** Aborted when the page is left. */
    get signal() {
        return this.#gone.signal;
    }

    disconnectedCallback() {
        this.#gone.abort();
    }

    /** Shows where one has come to; also called when only the query has changed. @param {Place} place */
    open(place) {
        this.place = place;
        this.show();
    }

    /** To be overridden: draws the page for `this.place`. */
    show() {}

    /**
     * The heading, and what can be done with all of the page.
     *
     * @param {string | Node} title
     * @param {string} [lead] what the page is for, in a sentence
     * @param {...(Node | false | null)} actions
     */
    head(title, lead, ...actions) {
        return h("header.head", null, h("div", null, h("h1", null, title), lead && h("p.lead", null, lead)), actions.some(Boolean) && h("div.actions", null, actions));
    }

    /**
     * Does something now and every so often, while the page is there and seen; a fault is shown in a place of its own.
     *
     * @param {number} millis
     * @param {() => Promise<void>} look
     * @param {Element} [trouble] where a fault is shown
     */
    every(millis, look, trouble) {
        const turn = async () => {
            if (this.signal.aborted) {
                return;
            }
            if (!document.hidden) {
                try {
                    await look();
                    trouble?.replaceChildren();
                } catch (error) {
                    if (!this.signal.aborted && trouble) {
                        fill(trouble, fault(error));
                    }
                }
            }
            timer = setTimeout(turn, millis);
        };
        let timer = setTimeout(turn);
        this.signal.addEventListener("abort", () => clearTimeout(timer));
    }
}

/**
 * Goes to another page, or to this one with another query.
 *
 * @param {string} path
 * @param {Record<string, any>} [query]
 */
export function go(path, query) {
    location.hash = link(path, query);
}

/** @param {string} path such as `/clients` @param {Record<string, any>} [query] @returns {string} for an href */
export function link(path, query) {
    const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
    return `#${path}${given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : ""}`;
}

/** @param {string} id */
export const linkToClient = (id) => link(`/clients/${encodeURIComponent(id)}`);
