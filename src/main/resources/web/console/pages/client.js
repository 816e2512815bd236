// <page-client>: one session, with what it waits for, and what can be done about it.
import { change, get, may, step } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { ago, count, lasting, size } from "../format.js";
import { question, sure } from "../parts/dialog.js";
import { payloadBox, payloadOf } from "../parts/message.js";
import { doing, fault } from "../parts/notes.js";
import { go, link, Page } from "../parts/page.js";
import { pagedTable } from "../parts/paged-table.js";

const EVERY_MS = 5000;

class PageClient extends Page {
    #trouble = h("div");
    #state = h("span");
    #facts = h("dl.facts");
    #actions = h("div.actions");
    #subscriptions = pagedTable();
    #queue = h("div.stack");
    /** @type {any} */
    #client = null;

    get #id() {
        return this.place.rest;
    }

    get #path() {
        return `clients/${step(this.#id)}`;
    }

    show() {
        fill(
            this,
            h("header.head", null, h("div", null, h("p", null, h("a", { href: link("/clients") }, "Clients")), h("h1", null, named(this.#id), " ", this.#state)), this.#actions),
            this.#trouble,
            h(
                "div.two",
                null,
                h("section.card", null, h("h2", null, "Session"), this.#facts),
                h("section.card", null, h("h2", null, "Waiting messages", may("GET clients/{clientId}/queue") && h("button.small", { type: "button", onclick: () => this.#showQueue() }, "Look at them")), this.#queue),
            ),
            h("header.head.section", null, h("h2", null, "Subscriptions"), may("POST clients/{clientId}/subscriptions") && h("button", { type: "button", onclick: () => this.#subscribe() }, "Subscribe…")),
            this.#subscriptions,
        );
        this.#subscriptions.list({
            label: "Subscriptions",
            empty: "It subscribes to nothing.",
            fetch: (/** @type {string | undefined} */ cursor, /** @type {AbortSignal} */ signal) => get("subscriptions", { clientId: this.#id, limit: 50, cursor }, { signal }),
            columns: [
                { head: "Filter", cell: (/** @type {any} */ each) => named(each.share ? `$share/${each.share}/${each.filter.replace(/^\$share\/[^/]*\//, "")}` : each.filter) },
                { head: "QoS", style: "num", cell: (/** @type {any} */ each) => each.qos },
                { head: "Options", style: "wide", cell: options },
                { head: "", style: "act", cell: (/** @type {any} */ each) => may("DELETE clients/{clientId}/subscriptions") && h("button.small", { type: "button", "aria-label": `Unsubscribe from ${visible(each.filter)}`, onclick: () => this.#unsubscribe(each) }, "Unsubscribe") },
            ],
        });
        fill(this.#queue, h("p.hint", null, may("GET clients/{clientId}/queue") ? "Whoever looks is written down in the audit." : "Payloads are shown to operators."));
        this.every(EVERY_MS, () => this.#look());
    }

    async #look() {
        try {
            this.#client = await get(this.#path, {}, { signal: this.signal });
            this.#trouble.replaceChildren();
        } catch (error) {
            if (!this.signal.aborted) {
                this.#client = null;
                fill(this.#trouble, fault(error));
                fill(this.#state);
                fill(this.#actions);
            }
            return;
        }
        this.#draw();
    }

    #draw() {
        const client = this.#client;
        fill(this.#state, client.connected ? h("span.pill.good", null, "connected") : h("span.pill", null, "away"));
        const fact = (/** @type {string} */ name, /** @type {any} */ value) => value !== null && value !== undefined && [h("dt", null, name), h("dd", null, value)];
        fill(
            this.#facts,
            fact("Node", visible(client.node)),
            fact("User", client.user === null ? h("span.none", null, "anonymous") : visible(client.user ?? "")),
            fact("Address", client.address && h("span.mono", null, client.address)),
            fact("Listener", client.listener),
            fact("MQTT", client.protocol),
            fact("Connected", client.connectedAt && `${ago(client.connectedAt)}`),
            fact("Away since", client.disconnectedAt && `${ago(client.disconnectedAt)}`),
            fact("Keep alive", client.keepAliveSeconds !== null && client.keepAliveSeconds !== undefined && (client.keepAliveSeconds ? `${client.keepAliveSeconds} s` : "none")),
            fact("Outlives a connection", client.sessionExpirySeconds === null ? "for ever" : client.sessionExpirySeconds === 0 ? "not" : lasting(client.sessionExpirySeconds)),
            fact("Will", client.willTopic && named(client.willTopic)),
            fact("In flight", count(client.inFlight)),
            fact("Queued", `${count(client.queuedMessages)} (${size(client.queuedBytes)}${client.queuedInStore ? `, ${count(client.queuedInStore)} on disk only` : ""})`),
        );
        const focused = this.#actions.contains(document.activeElement) ? document.activeElement?.textContent : "";
        fill(
            this.#actions,
            may("DELETE clients/{clientId}/connection") && client.connected && h("button", { type: "button", onclick: () => this.#kick() }, "Disconnect…"),
            may("POST bans") && h("button", { type: "button", onclick: () => this.#ban() }, "Ban…"),
            may("DELETE clients/{clientId}") && h("button.danger", { type: "button", onclick: () => this.#end() }, "End session…"),
        );
        if (focused) {
            [...this.#actions.children].find((each) => each.textContent === focused)?.focus();
        }
    }

    // --- deeds

    async #kick() {
        const answer = await question({
            title: "Disconnect this client?",
            text: h("p", null, "Its connection ends and its will is due. The session goes on as it would, and the client may come again."),
            fields: [
                {
                    name: "reason",
                    label: "What a client of MQTT 5 is told",
                    kind: "select",
                    value: "administrative-action",
                    options: ["administrative-action", "not-authorized", "server-busy", "quota-exceeded", "message-rate-too-high", "use-another-server", "unspecified-error"].map((each) => [each, each.replaceAll("-", " ")]),
                },
            ],
            action: "Disconnect",
        });
        if (answer) {
            await doing(async () => {
                await change("DELETE", `${this.#path}/connection`, { query: { reason: answer.reason } });
                return `${this.#id} was disconnected.`;
            });
            await this.#look();
        }
    }

    async #end() {
        const waiting = this.#client.queuedMessages + this.#client.inFlight;
        if (
            await sure({
                title: "End this session?",
                text: h("p", null, `Its subscriptions${waiting ? `, and the ${count(waiting)} messages that wait for it,` : ""} are lost, and its connection ends. This cannot be undone.`),
                action: "End session",
            })
        ) {
            const done = await doing(async () => {
                await change("DELETE", this.#path);
                return `The session of ${this.#id} has ended.`;
            });
            if (done) {
                go("/clients");
            }
        }
    }

    async #ban() {
        const client = this.#client;
        const address = client.address?.replace(/:\d+$/, "").replace(/^\[|]$/g, "");
        const kinds = /** @type {[string, string][]} */ ([["client-id", `the client identifier ${this.#id}`], client.user && ["user", `the user ${client.user}`], address && ["address", `the address ${address}`]].filter(Boolean));
        const answer = await question({
            title: "Ban",
            text: h("p", null, "Whoever is banned is disconnected, and refused on all nodes until the time is over."),
            fields: [
                { name: "kind", label: "Whom", kind: "select", options: kinds, value: "client-id" },
                { name: "minutes", label: "For how many minutes", kind: "number", value: 60, required: true },
                { name: "reason", label: "Why, for other operators" },
            ],
            action: "Ban",
            danger: true,
        });
        if (answer) {
            const value = { "client-id": this.#id, user: client.user, address }[answer.kind];
            await doing(async () => {
                const ban = await change("POST", "bans", { body: { kind: answer.kind, value, seconds: answer.minutes * 60, ...(answer.reason ? { reason: answer.reason } : {}) } });
                return `${value} is banned; ${ban.connectionsEnded} connections have ended.`;
            });
            await this.#look();
        }
    }

    async #subscribe() {
        const answer = await question({
            title: "Subscribe for this client",
            text: h("p", null, "It is not told, and its own rights apply. Retained messages come to it if it is connected."),
            fields: [
                { name: "filter", label: "Topic filter", required: true },
                { name: "qos", label: "QoS", kind: "select", value: "1", options: [["0", "0, at most once"], ["1", "1, at least once"], ["2", "2, exactly once"]] },
            ],
            action: "Subscribe",
        });
        if (answer) {
            await doing(async () => {
                const { results } = await change("POST", `${this.#path}/subscriptions`, { body: { subscriptions: [{ filter: answer.filter, qos: Number(answer.qos) }] } });
                if (!results[0].granted) {
                    throw new Error(`It was refused: ${results[0].reason.replaceAll("-", " ")}.`);
                }
                return `Subscribed to ${answer.filter}.`;
            });
            await this.#subscriptions.again();
        }
    }

    /** @param {any} held */
    async #unsubscribe(held) {
        if (await sure({ title: "Unsubscribe this client?", text: h("p", null, "From ", named(held.filter), ". The client is not told."), action: "Unsubscribe" })) {
            await doing(async () => {
                await change("DELETE", `${this.#path}/subscriptions`, { query: { filter: held.filter } });
                return `Unsubscribed from ${held.filter}.`;
            });
            await this.#subscriptions.again();
        }
    }

    async #showQueue() {
        await doing(async () => {
            const queue = await get(`${this.#path}/queue`, { limit: 20 });
            const list = (/** @type {string} */ title, /** @type {any[]} */ messages, /** @type {number} */ all) =>
                h(
                    "div",
                    null,
                    h("h3", null, `${title} `, h("small", null, messages.length < all ? `the first ${messages.length} of ${count(all)}` : count(all))),
                    messages.length > 0 &&
                        h(
                            "ul.stream",
                            { tabindex: 0, "aria-label": title },
                            messages.map((each) =>
                                h(
                                    "li",
                                    null,
                                    h("div.meta", null, named(each.topic), h("span", null, `QoS ${each.qos}`), h("span", null, size(each.payloadBytes)), each.packetId && h("span", null, `packet ${each.packetId}`), each.publisher && h("span", null, "from ", visible(each.publisher))),
                                    payloadBox(payloadOf(each)),
                                    each.payloadIsCut && h("p.hint", null, "Only the first 256 bytes are shown."),
                                ),
                            ),
                        ),
                );
            fill(this.#queue, list("In flight", queue.inFlightHead, queue.inFlight), list("Queued", queue.queueHead, queue.queuedMessages));
        });
    }
}

/** @param {any} held */
export function options(held) {
    const words = [held.noLocal && "no local", held.retainAsPublished && "retain as published", held.retainHandling && `retain handling ${held.retainHandling}`, held.identifier && `identifier ${held.identifier}`];
    return words.filter(Boolean).join(", ") || "–";
}
customElements.define("page-client", PageClient);
