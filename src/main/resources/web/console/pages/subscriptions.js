// <page-subscriptions>: who subscribes to what.
import { get } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { go, link, linkToClient, Page } from "../parts/page.js";
import { pagedTable } from "../parts/paged-table.js";
import { options } from "./client.js";

class PageSubscriptions extends Page {
    #table = pagedTable();
    #kind = h("select", { id: "by" }, h("option", { value: "filter" }, "have exactly this filter"), h("option", { value: "topic" }, "match this topic"));
    #text = h("input", { id: "wanted", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "home/+/temperature" });

    show() {
        const { query } = this.place;
        if (!this.hasChildNodes()) {
            const submit = (/** @type {Event} */ event) => {
                event.preventDefault();
                go("/subscriptions", { [this.#kind.value]: this.#text.value });
            };
            fill(
                this,
                this.head("Subscriptions", "Of all sessions, on all nodes."),
                h("form.filters", { role: "search", onsubmit: submit }, h("div.field", null, h("label", { for: "by" }, "Those that"), this.#kind), h("div.field.grow", null, h("label", { for: "wanted" }, "Filter or topic"), this.#text), h("button", { type: "submit" }, "Find")),
                this.#table,
            );
        }
        this.#kind.value = query.has("topic") ? "topic" : "filter";
        this.#text.value = query.get("topic") ?? query.get("filter") ?? "";
        this.#table.list({
            label: "Subscriptions",
            empty: query.size ? "No subscription is like that." : "Nobody subscribes to anything yet.",
            fetch: (/** @type {string | undefined} */ cursor, /** @type {AbortSignal} */ signal) => get("subscriptions", { ...Object.fromEntries(query), limit: 50, cursor }, { signal }),
            columns: [
                { head: "Client", cell: (/** @type {any} */ each) => h("a", { href: linkToClient(each.clientId) }, named(each.clientId)) },
                { head: "Filter", cell: (/** @type {any} */ each) => h("a", { href: link("/subscriptions", { filter: each.filter }) }, named(each.filter)) },
                { head: "Group", style: "wide", cell: (/** @type {any} */ each) => (each.share ? visible(each.share) : "–") },
                { head: "QoS", style: "num", cell: (/** @type {any} */ each) => each.qos },
                { head: "Options", style: "wide", cell: options },
                { head: "Client is", style: "wide", cell: (/** @type {any} */ each) => (each.connected ? h("span.pill.good", null, "connected") : h("span.pill", null, "away")) },
                { head: "Node", style: "wide", cell: (/** @type {any} */ each) => visible(each.node) },
            ],
        });
    }
}
customElements.define("page-subscriptions", PageSubscriptions);
