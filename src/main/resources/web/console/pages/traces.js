// <page-traces>: what becomes of one client, topic or address, followed over all nodes; and where a message went.
import { change, get, may, step } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { clock, count, lasting, size } from "../format.js";
import { question, sure } from "../parts/dialog.js";
import { doing, failures, fault } from "../parts/notes.js";
import { go, link, linkToClient, Page } from "../parts/page.js";

const ROWS_MAX = 1000;
const PAGE = 200;
const FOLLOW_MS = 1000;

class PageTraces extends Page {
    #trouble = h("div");

    show() {
        fill(this);
        if (this.place.query.has("topic") || this.place.query.has("message")) {
            this.#where();
        } else if (this.place.rest) {
            this.#one(this.place.rest);
        } else {
            this.#list();
        }
    }

    // --- all of them

    #list() {
        const body = h("tbody");
        const topic = h("input", { id: "topic", required: true, autocomplete: "off", spellcheck: "false" });
        const publisher = h("input", { id: "publisher", autocomplete: "off", spellcheck: "false", placeholder: "optional" });
        const time = h("input", { id: "time", type: "datetime-local", step: 1 });
        const submit = (/** @type {Event} */ event) => {
            event.preventDefault();
            go("/traces", { topic: topic.value, publisher: publisher.value, time: time.value && new Date(time.value).toISOString() });
        };
        fill(
            this,
            this.head("Traces", "Follow one client, topic or address on all nodes for a while: packets in and out, whom messages matched, and what was dropped. Payloads are not noted.", may("POST traces") && h("button.primary", { type: "button", onclick: () => this.#start() }, "Start a trace…")),
            this.#trouble,
            h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Traces" }, h("table", null, h("caption.unseen", null, "Traces"), h("thead", null, h("tr", null, ["Of", "State", "Events"].map((each) => h("th", { scope: "col" }, each)), h("th.act", { scope: "col" }, h("span.unseen", null, "Actions")))), body)),
            h("section.card.stack", null, h("h2", null, "Where did my message go?"), h("p.hint", null, "From what traces have noted: the latest messages, or those within ten seconds of a time."), h("form.filters", { onsubmit: submit }, h("div.field.grow", null, h("label", { for: "topic" }, "Topic"), topic), h("div.field", null, h("label", { for: "publisher" }, "Publisher"), publisher), h("div.field", null, h("label", { for: "time" }, "When, about"), time), h("button", { type: "submit" }, "Look"))),
        );
        this.every(
            3000,
            async () => {
                const { items, failures: failed } = await get("traces", {}, { signal: this.signal });
                fill(
                    body,
                    items.length
                        ? items.map((/** @type {any} */ each) =>
                              h(
                                  "tr",
                                  null,
                                  h("td", null, h("a", { href: link(`/traces/${each.id}`) }, ofWhat(each))),
                                  h("td", null, state(each)),
                                  h("td", null, each.nodes ? count(each.nodes.reduce((/** @type {number} */ sum, /** @type {any} */ node) => sum + node.noted, 0)) : "–"),
                                  h("td.act", null, may("DELETE traces/{id}") && h("button.small", { type: "button", onclick: () => this.#end(each.id) }, "End…")),
                              ),
                          )
                        : h("tr", null, h("td.empty", { colspan: 4 }, "There are no traces.")),
                );
                fill(this.#trouble, failures(failed));
            },
            this.#trouble,
        );
    }

    async #start() {
        const answer = await question({
            title: "Start a trace",
            fields: [
                { name: "kind", label: "Of a", kind: "select", value: "client", options: [["client", "client, by its identifier"], ["topic", "topic filter"], ["address", "address, or range such as 10.0.0.0/8"]] },
                { name: "value", label: "Which", required: true },
                { name: "seconds", label: "For how many seconds", kind: "number", value: 60, required: true },
                { name: "sample", label: "One of how many messages", kind: "number", value: 1, required: true },
            ],
            action: "Start",
        });
        if (answer) {
            await doing(async () => {
                const trace = await change("POST", "traces", { body: { [answer.kind]: answer.value, seconds: answer.seconds, sample: answer.sample } });
                go(`/traces/${trace.id}`);
            });
        }
    }

    /** @param {string} id */
    async #end(id) {
        if (await sure({ title: "End this trace?", text: h("p", null, "What it has noted is let go."), action: "End" })) {
            if (await doing(async () => void (await change("DELETE", `traces/${step(id)}`)))) {
                go("/traces", { at: Date.now() });
            }
        }
    }

    // --- one of them

    /** @param {string} id */
    #one(id) {
        const lead = h("p.lead");
        const rows = h("tbody");
        const hint = h("p.hint", { role: "status" });
        fill(
            this,
            h("header.head", null, h("div", null, h("p", null, h("a", { href: link("/traces") }, "Traces")), h("h1", null, "Trace"), lead), may("DELETE traces/{id}") && h("div.actions", null, h("button.danger", { type: "button", onclick: () => this.#end(id) }, "End…"))),
            this.#trouble,
            table(rows),
            hint,
        );
        /** @type {string | undefined} */
        let cursor;
        let over = false;
        let noted = 0;
        this.every(3000, async () => {
            const trace = await get(`traces/${step(id)}`, {}, { signal: this.signal });
            fill(lead, ofWhat(trace), " ", state(trace));
        }, this.#trouble);
        this.every(
            FOLLOW_MS,
            async () => {
                if (over) {
                    return;
                }
                for (let full = true; full && !this.signal.aborted; ) {
                    const page = await get(`traces/${step(id)}/events`, { cursor, limit: PAGE }, { signal: this.signal });
                    noted += page.items.length;
                    rows.prepend(...page.items.map(row).reverse());
                    while (rows.childElementCount > ROWS_MAX) {
                        rows.lastElementChild?.remove();
                    }
                    full = page.items.length >= PAGE && page.nextCursor;
                    over = !page.nextCursor;
                    cursor = page.nextCursor ?? cursor;
                    hint.textContent = `${count(noted)} events${noted > ROWS_MAX ? `, the last ${count(ROWS_MAX)} are shown` : ""}${over ? "; the trace has ended" : ""}`;
                }
            },
            this.#trouble,
        );
    }

    // --- where a message went

    async #where() {
        const { query } = this.place;
        const rows = h("tbody");
        const hint = h("p.hint", { role: "status" });
        fill(
            this,
            h("header.head", null, h("div", null, h("p", null, h("a", { href: link("/traces") }, "Traces")), h("h1", null, "Where did it go?"), h("p.lead", null, query.has("message") ? `Message ${visible(query.get("message") ?? "")}` : ["Messages to ", named(query.get("topic") ?? "")]))),
            this.#trouble,
            table(rows),
            hint,
        );
        try {
            const { items, more, failures: failed } = await get("messages", { limit: ROWS_MAX, ...Object.fromEntries(query) }, { signal: this.signal });
            fill(rows, items.length ? items.map(row) : h("tr", null, h("td.empty", { colspan: 7 }, "No trace has noted such a message. Start one of the topic, and publish again.")));
            fill(this.#trouble, failures(failed));
            hint.textContent = more ? `There are more than these ${count(items.length)} events: look for a publisher or a time, or follow the name of one message.` : "";
        } catch (error) {
            fill(this.#trouble, fault(error));
        }
    }
}

/** @param {Element} rows */
const table = (rows) =>
    h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Events" }, h("table", null, h("caption.unseen", null, "Events"), h("thead", null, h("tr", null, h("th", { scope: "col" }, "Time"), h("th.wide", { scope: "col" }, "Node"), h("th", { scope: "col" }, "Event"), h("th", { scope: "col" }, "Client"), h("th", { scope: "col" }, "Topic"), h("th.wide", { scope: "col" }, "Details"), h("th.wide", { scope: "col" }, "Message"))), rows));

/** @param {any} event */
function row(event) {
    const details = [event.qos !== undefined && `QoS ${event.qos}`, event.packetId && `packet ${event.packetId}`, event.size !== undefined && size(event.size), event.peer && `node ${event.peer}`, event.reason && String(event.reason).replaceAll("_", " "), event.detail].filter(Boolean);
    return h(
        "tr",
        null,
        h("td.mono.tight", null, clock(event.time)),
        h("td.wide", null, visible(event.node)),
        h("td.tight", null, h(`span.pill${event.event === "dropped" ? ".bad" : event.event === "sent" || event.event === "received" ? ".good" : ""}`, null, event.packet ? `${event.event} ${event.packet}` : event.event)),
        h("td", null, event.client ? h("a", { href: linkToClient(event.client) }, named(event.client)) : ""),
        h("td", null, event.topic ? named(event.topic) : ""),
        h("td.wide", null, visible(details.join(", "))),
        h("td.wide", null, event.message ? h("a.mono", { href: link("/traces", { message: event.message }) }, String(event.message).slice(0, 8)) : ""),
    );
}

/** @param {any} trace */
const ofWhat = (trace) => (trace.client ? ["client ", named(trace.client)] : trace.topic ? ["topic ", named(trace.topic)] : ["address ", named(trace.address ?? "")]);

/** @param {any} trace */
const state = (trace) => (trace.live === false ? h("span.pill", null, "ended") : h("span.pill.good", null, trace.until ? `live for ${lasting((Date.parse(trace.until) - Date.now()) / 1000)} more` : "live"));
customElements.define("page-traces", PageTraces);
