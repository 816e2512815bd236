// <page-explain>: who would receive a message of a topic, and why others would not.
import { get } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { go, linkToClient, Page } from "../parts/page.js";
import { pagedTable } from "../parts/paged-table.js";

/** @type {Record<string, [string, string]>} */
const VERDICTS = {
    receives: ["good", "receives it"],
    "one-of-group": ["good", "it, or another of its group"],
    "no-local": ["warn", "not its own messages"],
    "not-authorized": ["bad", "may not read it"],
    offline: ["warn", "away: it waits in the queue"],
    unknown: ["", "not known"],
};

class PageExplain extends Page {
    #table = pagedTable();
    #answer = h("div");
    #topic = h("input", { id: "topic", required: true, autocomplete: "off", spellcheck: "false", placeholder: "home/kitchen/temperature" });
    #client = h("input", { id: "publisher", autocomplete: "off", spellcheck: "false", placeholder: "optional" });

    show() {
        const { query } = this.place;
        if (!this.hasChildNodes()) {
            const submit = (/** @type {Event} */ event) => {
                event.preventDefault();
                go("/explain", { topic: this.#topic.value, client: this.#client.value });
            };
            fill(
                this,
                this.head("Who receives?", "Which subscriptions match a topic, on which nodes, and what the access rules say. Nothing is published."),
                h("form.filters", { onsubmit: submit }, h("div.field.grow", null, h("label", { for: "topic" }, "Topic"), this.#topic), h("div.field", null, h("label", { for: "publisher" }, "Published by the client"), this.#client), h("button.primary", { type: "submit" }, "Explain")),
                this.#answer,
                this.#table,
            );
        }
        const topic = query.get("topic") ?? "";
        this.#topic.value = topic;
        this.#client.value = query.get("client") ?? "";
        this.#table.hidden = topic === "";
        this.#answer.replaceChildren();
        if (topic) {
            this.#explain(topic, query.get("client") ?? "");
        }
    }

    /** @param {string} topic @param {string} client */
    #explain(topic, client) {
        this.#table.list({
            label: "Who receives",
            empty: "No subscription matches. The message would be dropped, and counted as no subscribers.",
            fetch: async (/** @type {string | undefined} */ cursor, /** @type {AbortSignal} */ signal) => {
                const page = await get("explain", { topic, client, limit: 50, cursor }, { signal });
                if (!cursor) {
                    this.#say(page);
                }
                return page;
            },
            columns: [
                { head: "Client", cell: (/** @type {any} */ each) => h("a", { href: linkToClient(each.clientId) }, named(each.clientId)) },
                { head: "By the filter", cell: (/** @type {any} */ each) => named(each.filter) },
                { head: "Verdict", cell: (/** @type {any} */ each) => h(`span.pill${VERDICTS[each.verdict]?.[0] ? `.${VERDICTS[each.verdict][0]}` : ""}`, null, VERDICTS[each.verdict]?.[1] ?? each.verdict) },
                { head: "QoS", style: "num", cell: (/** @type {any} */ each) => each.qos },
                { head: "Group", style: "wide", cell: (/** @type {any} */ each) => (each.share ? visible(each.share) : "–") },
                { head: "Node", style: "wide", cell: (/** @type {any} */ each) => visible(each.node) },
            ],
        });
    }

    /** @param {any} page */
    #say(page) {
        const publisher = page.publisher;
        const forwards = page.forwards.map((/** @type {any} */ each) => `${each.node} at QoS ${each.qos}${each.share ? `, group ${each.share}` : ""}`);
        fill(
            this.#answer,
            h(
                "p.lead",
                null,
                page.isRetained ? "A message is retained for this topic. " : "Nothing is retained for this topic. ",
                forwards.length > 0 && `This node would send it on to ${visible(forwards.join("; "))}. `,
                publisher &&
                    (!publisher.known
                        ? "No node knows that publisher, so nobody can say what it may."
                        : [named(publisher.clientId), ` ${rights(publisher.rights)}`]),
            ),
        );
    }
}
/** What a publisher may, in a sentence. @param {{qos: number, mayPublish: boolean, mayRetain: boolean}[]} all */
function rights(all) {
    const levels = (/** @type {any[]} */ some) => some.map(({ qos }) => qos).join(", ");
    const may = all.filter(({ mayPublish }) => mayPublish);
    const retains = may.filter(({ mayRetain }) => mayRetain);
    if (!may.length) {
        return "may not publish it.";
    }
    const kept = retains.length === may.length ? "retained or not" : retains.length ? `retained at QoS ${levels(retains)} only` : "but not retained";
    return `may publish it at QoS ${levels(may)}, ${kept}.`;
}
customElements.define("page-explain", PageExplain);
