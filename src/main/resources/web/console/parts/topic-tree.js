// <topic-tree>: retained topics level by level; a branch is asked for when it is opened. Arrow keys walk, Enter looks.
import { fill, h, named, visible } from "../dom.js";
import { spark } from "../plot.js";
import { numeric } from "./message.js";
import { fault } from "./notes.js";
import { levels } from "./topic-levels.js";

const POINTS_MAX = 150;

/**
 * A topic that is shown.
 *
 * @typedef {object} Known
 * @property {HTMLElement} item
 * @property {HTMLElement} value
 * @property {HTMLElement} line
 * @property {string | null} text the last live payload
 * @property {[number, number][]} points
 */

class TopicTree extends HTMLElement {
    /** @type {Map<string, Known>} by topic */
    known = new Map();
    /** Branches that are open, such as `home/`; empty is the root. @type {Set<string>} */
    open = new Set();
    #gone = new AbortController();

    disconnectedCallback() {
        this.#gone.abort();
    }

    /** Begins anew. @param {string} prefix empty, or with a slash at its end */
    async root(prefix) {
        this.known.clear();
        this.open.clear();
        const tree = h("div", { role: "tree", "aria-label": "Retained topics", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) });
        fill(this, tree);
        await this.#load(tree, prefix, null);
        if (!tree.hasChildNodes()) {
            fill(this, h("p.hint", null, prefix ? "Nothing is retained there." : "Nothing is retained yet. Publish something with Retain in the MQTT client."));
        }
        tree.querySelector("[role=treeitem]")?.setAttribute("tabindex", "0");
    }

    /** @param {HTMLElement} group @param {string} prefix @param {string | null} behind */
    async #load(group, prefix, behind) {
        const wait = h("p.hint", { role: "none" }, "…");
        group.append(wait);
        try {
            const found = await levels(prefix, behind, this.#gone.signal);
            wait.remove();
            group.append(...found.entries.map((entry) => this.#item(entry)));
            if (found.behind) {
                const more = h("div", { role: "treeitem", tabindex: -1 }, h("div.row", null, h("span.turn"), "More…"));
                more.addEventListener("click", (/** @type {Event} */ event) => {
                    event.stopPropagation();
                    more.remove();
                    this.#load(group, prefix, found.behind);
                });
                group.append(more);
            }
            this.open.add(prefix);
            this.dispatchEvent(new Event("open-changed"));
        } catch (error) {
            if (!this.#gone.signal.aborted) {
                fill(wait, fault(error));
            }
        }
    }

    /** @param {import("./topic-levels.js").Entry} entry */
    #item({ level, topic, message, below }) {
        const value = h("span.value");
        const line = h("span");
        const item = h("div", { role: "treeitem", tabindex: -1, "aria-selected": "false", "data-topic": topic, ...(below ? { "aria-expanded": "false" } : {}) });
        const name = level === "" ? h("span.none", null, "empty") : h("span.level", null, visible(level));
        item.append(h("div.row", null, h("span.turn", { "aria-hidden": "true" }), name, below && h("span.none", null, "/"), value, line));
        item.addEventListener("click", (/** @type {Event} */ event) => {
            event.stopPropagation();
            this.#focus(item);
            if (below && (!message || /** @type {Element} */ (event.target).classList.contains("turn"))) {
                this.#turn(item);
            } else {
                this.#choose(item);
            }
        });
        if (message) {
            item.dataset.message = "";
            this.known.set(topic, { item, value, line, text: null, points: [] });
        }
        return item;
    }

    /** @param {HTMLElement} item @param {boolean} [wanted] */
    #turn(item, wanted) {
        const open = item.getAttribute("aria-expanded") === "true";
        if (!item.hasAttribute("aria-expanded") || open === wanted) {
            return;
        }
        const prefix = `${item.dataset.topic}/`;
        item.setAttribute("aria-expanded", String(!open));
        if (open) {
            item.querySelector("[role=group]")?.remove();
            for (const each of [...this.open].filter((branch) => branch.startsWith(prefix))) {
                this.open.delete(each);
            }
            for (const each of [...this.known.keys()].filter((topic) => topic.startsWith(prefix))) {
                this.known.delete(each);
            }
            this.dispatchEvent(new Event("open-changed"));
        } else {
            const group = h("div", { role: "group" });
            item.append(group);
            this.#load(group, prefix, null);
        }
    }

    /** @param {HTMLElement} item */
    #choose(item) {
        for (const each of this.querySelectorAll("[aria-selected=true]")) {
            each.setAttribute("aria-selected", "false");
        }
        item.setAttribute("aria-selected", "true");
        this.dispatchEvent(new CustomEvent("chosen", { detail: { topic: item.dataset.topic, message: "message" in item.dataset } }));
    }

    // --- keys

    /** @param {HTMLElement} item */
    #focus(item) {
        for (const each of this.querySelectorAll("[tabindex='0']")) {
            each.setAttribute("tabindex", "-1");
        }
        item.setAttribute("tabindex", "0");
        item.focus();
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const item = /** @type {HTMLElement} */ (event.target);
        const all = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[role=treeitem]")]);
        const at = all.indexOf(item);
        const parent = /** @type {HTMLElement | null} */ (item.parentElement?.closest("[role=treeitem]") ?? null);
        const open = item.getAttribute("aria-expanded");
        /** @type {Record<string, () => void>} */
        const deeds = {
            ArrowDown: () => at < all.length - 1 && this.#focus(all[at + 1]),
            ArrowUp: () => at > 0 && this.#focus(all[at - 1]),
            ArrowRight: () => (open === "true" ? all[at + 1] && this.#focus(all[at + 1]) : this.#turn(item, true)),
            ArrowLeft: () => (open === "true" ? this.#turn(item, false) : parent && this.#focus(parent)),
            Home: () => this.#focus(all[0]),
            End: () => this.#focus(/** @type {HTMLElement} */ (all.at(-1))),
            Enter: () => item.click(),
            " ": () => item.click(),
        };
        if (at >= 0 && deeds[event.key]) {
            event.preventDefault();
            deeds[event.key]();
        }
    }

    // --- what comes live

    /** @param {string} topic @param {string} text @param {boolean} cleared */
    take(topic, text, cleared) {
        const known = this.known.get(topic);
        if (!known) {
            return;
        }
        known.text = cleared ? null : text;
        const number = cleared ? null : numeric(text);
        if (number !== null) {
            known.points.push([Date.now(), number]);
            known.points.splice(0, known.points.length - POINTS_MAX);
        }
        known.item.dataset.new = cleared ? "cleared" : "";
    }

    /** Draws what has come since it was last drawn. */
    draw() {
        for (const { item, value, line, text, points } of this.known.values()) {
            if (item.dataset.new === undefined) {
                continue;
            }
            value.textContent = item.dataset.new === "cleared" ? "cleared" : visible((text ?? "").slice(0, 120));
            delete item.dataset.new;
            if (points.length > 1) {
                fill(line, spark(points, { fromZero: false, width: 72, height: 18 }));
            }
        }
    }
}
customElements.define("topic-tree", TopicTree);
