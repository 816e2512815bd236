// <page-clients>: sessions, connected or not, found by the node and shown page by page.
import { get } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { ago, count, size } from "../format.js";
import { go, linkToClient, Page } from "../parts/page.js";
import { pagedTable } from "../parts/paged-table.js";

const LIMIT = 50;
const SETTLED_MS = 250;

class PageClients extends Page {
    #table = pagedTable();
    /** @type {Record<string, any>} */
    #fields = {};

    show() {
        const { query } = this.place;
        if (!this.hasChildNodes()) {
            this.#build();
        }
        for (const [name, field] of Object.entries(this.#fields)) {
            if (document.activeElement !== field) {
                field.value = query.get(name) ?? "";
            }
        }
        this.#table.list({
            label: "Clients",
            empty: query.size ? "No client is like that." : "There are no clients yet.",
            fetch: (/** @type {string | undefined} */ cursor, /** @type {AbortSignal} */ signal) =>
                get("clients", { ...Object.fromEntries(query), limit: LIMIT, cursor }, { signal }),
            columns: [
                { head: "Client", cell: (/** @type {any} */ each) => h("a", { href: linkToClient(each.clientId) }, named(each.clientId)) },
                {
                    head: "State",
                    style: "tight",
                    cell: (/** @type {any} */ each) =>
                        each.connected ? h("span.pill.good", { title: `since ${each.connectedAt}` }, "connected") : h("span.pill", { title: `since ${each.disconnectedAt}` }, `away ${ago(each.disconnectedAt).replace(" ago", "")}`),
                },
                { head: "User", style: "wide", cell: (/** @type {any} */ each) => (each.user ? visible(each.user) : h("span.none", null, "anonymous")) },
                { head: "Address", style: "wide", cell: (/** @type {any} */ each) => h("span.mono", null, each.address ?? "–") },
                { head: "Node", style: "wide", cell: (/** @type {any} */ each) => visible(each.node) },
                { head: "MQTT", style: "wide", cell: (/** @type {any} */ each) => each.protocol ?? "–" },
                { head: "Subscriptions", style: "num wide", cell: (/** @type {any} */ each) => count(each.subscriptions) },
                { head: "In flight", style: "num wide", cell: (/** @type {any} */ each) => count(each.inFlight) },
                { head: "Queued", style: "num", cell: (/** @type {any} */ each) => h("span", { title: size(each.queuedBytes) }, count(each.queuedMessages)) },
            ],
        });
    }

    #build() {
        const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ input, style = "") => {
            input.id = `find-${name}`;
            this.#fields[name] = input;
            return h(`div.field${style}`, null, h("label", { for: input.id }, label), input);
        };
        const text = (/** @type {string} */ hint) => h("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: hint });
        /** @type {number | undefined} */
        let timer;
        const search = () => {
            clearTimeout(timer);
            timer = setTimeout(() => go("/clients", Object.fromEntries(Object.entries(this.#fields).map(([name, input]) => [name, input.value]))), SETTLED_MS);
        };
        fill(
            this,
            this.head("Clients", "Sessions of all nodes, connected or waiting for their client.", h("button", { type: "button", onclick: () => this.#table.again() }, "Refresh")),
            h(
                "form.filters",
                { role: "search", oninput: search, onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
                field("contains", "Client identifier contains", text(""), ".grow"),
                field("user", "User", text("exactly")),
                field("address", "Address begins with", text("192.0.2.")),
                field("connected", "State", h("select", null, h("option", { value: "" }, "any"), h("option", { value: "true" }, "connected"), h("option", { value: "false" }, "away")), ".slim"),
            ),
            this.#table,
        );
    }
}
customElements.define("page-clients", PageClients);
