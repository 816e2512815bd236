// <page-mqtt>: a client in the browser: subscribe, publish, and see all of each message.
import { fill, h, named, visible } from "../dom.js";
import { clock, size } from "../format.js";
import { connect, last, usual } from "../mqtt-link.js";
import { hex, pretty, text } from "../parts/message.js";
import { doing, fault } from "../parts/notes.js";
import { Page } from "../parts/page.js";

const KEPT = 200;
const DRAW_MS = 150;

/** The connection outlives the page, so that one may look elsewhere meanwhile. */
const held = {
    /** @type {any} */ client: null,
    /** @type {Map<string, number>} */ filters: new Map(),
    /** @type {any[]} newest first */ messages: /** @type {any[]} */ ([]),
    seen: 0,
    changes: new EventTarget(),
};

class PageMqtt extends Page {
    #state = h("span.pill", { role: "status" }, "not connected");
    #trouble = h("div");
    #connection = h("details.card", { open: true });
    #chips = h("div.chips");
    #stream = h("ul.stream", { tabindex: 0, "aria-label": "Messages" });
    #count = h("small");
    #work = h("div.split", { hidden: true });
    #paused = false;
    #drawn = -1;

    show() {
        fill(this, h("header.head", null, h("div", null, h("h1", null, "MQTT client ", this.#state), h("p.lead", null, "A client like any other, over WebSocket: it may do what its user may."))), this.#trouble, this.#connection, this.#work);
        this.#buildWork();
        held.changes.addEventListener("change", () => this.#draw(), { signal: this.signal });
        const timer = setInterval(() => this.#drawStream(), DRAW_MS);
        this.signal.addEventListener("abort", () => clearInterval(timer));
        this.#begin();
    }

    async #begin() {
        try {
            const how = last.how ?? (await usual());
            this.#buildConnection(how);
            if (!held.client) {
                await this.#connect(how);
            }
            this.#draw();
        } catch (error) {
            fill(this.#trouble, fault(error));
        }
    }

    // --- the connection

    /** @param {import("../mqtt-link.js").How} how */
    #buildConnection(how) {
        const url = h("input", { id: "url", required: true, value: how.url, spellcheck: "false" });
        const clientId = h("input", { id: "clientId", value: how.clientId, spellcheck: "false" });
        const username = h("input", { id: "username", value: how.username, autocomplete: "off" });
        const password = h("input", { id: "mqtt-password", type: "password", value: how.password, autocomplete: "off" });
        const version = h("select", { id: "version" }, h("option", { value: "5", selected: how.version === 5 }, "5"), h("option", { value: "4", selected: how.version === 4 }, "3.1.1"));
        const clean = h("input", { id: "clean", type: "checkbox", checked: how.clean });
        const field = (/** @type {string} */ label, /** @type {any} */ input) => h("div.field", null, h("label", { for: input.id }, label), input);
        const submit = (/** @type {Event} */ event) => {
            event.preventDefault();
            this.#connect({ url: url.value, clientId: clientId.value, username: username.value, password: password.value, version: version.value === "5" ? 5 : 4, clean: clean.checked });
        };
        fill(
            this.#connection,
            h("summary", null, "Connection"),
            h(
                "form.stack",
                { onsubmit: submit },
                h("div.fields", null, field("Address", url), field("Client identifier", clientId), field("User", username), field("Password", password), field("MQTT", version)),
                h("div.filters", null, h("div.field.check", null, clean, h("label", { for: "clean" }, "Begin with a clean session")), h("button.primary", { type: "submit" }, "Connect"), h("button", { type: "button", onclick: () => this.#end() }, "Disconnect")),
            ),
        );
    }

    /** @param {import("../mqtt-link.js").How} how */
    async #connect(how) {
        this.#end();
        this.#trouble.replaceChildren();
        this.#say("", "connecting");
        try {
            const client = await connect(how);
            held.client = client;
            const changed = () => held.changes.dispatchEvent(new Event("change"));
            client.on("message", (/** @type {string} */ topic, /** @type {Uint8Array} */ payload, /** @type {any} */ packet) => {
                held.seen++;
                held.messages.unshift({ at: Date.now(), topic, payload: Uint8Array.from(payload), packet, number: held.seen });
                held.messages.length = Math.min(held.messages.length, KEPT);
            });
            for (const event of ["connect", "close", "end"]) {
                client.on(event, changed);
            }
            this.#connection.open = false;
            this.#draw();
        } catch (error) {
            this.#connection.open = true;
            this.#say("bad", "not connected");
            fill(this.#trouble, fault({ title: "No connection.", message: error.message }));
        }
    }

    #end() {
        held.client?.end();
        held.client = null;
        held.filters.clear();
        this.#draw();
    }

    /** @param {string} state @param {string} words */
    #say(state, words) {
        this.#state.className = `pill ${state}`;
        this.#state.textContent = words;
    }

    #draw() {
        const { client, filters } = held;
        this.#work.hidden = !client;
        this.#say(client ? (client.connected ? "good" : "warn") : "", client ? (client.connected ? `connected as ${visible(client.options.clientId)}` : "connecting again") : "not connected");
        fill(
            this.#chips,
            [...filters].map(([filter, qos]) => h("span.chip", null, named(filter), h("small", null, `QoS ${qos}`), h("button", { type: "button", "aria-label": `Unsubscribe from ${visible(filter)}`, onclick: () => this.#unsubscribe(filter) }, "×"))),
        );
    }

    // --- what one does

    #buildWork() {
        const filter = h("input", { id: "filter", required: true, value: "home/#", spellcheck: "false", autocomplete: "off" });
        const subscribeQos = this.#qos("subscribe-qos", "1");
        const subscribe = async (/** @type {Event} */ event) => {
            event.preventDefault();
            await doing(async () => {
                const [granted] = await held.client.subscribeAsync(filter.value, { qos: Number(subscribeQos.value) });
                if (!granted || granted.qos >= 128) {
                    throw new Error(`The broker refused ${filter.value}.`);
                }
                held.filters.set(filter.value, granted.qos);
            });
            this.#draw();
        };
        const pause = h("button.small", { type: "button", "aria-pressed": "false" }, "Pause");
        pause.addEventListener("click", () => {
            this.#paused = !this.#paused;
            pause.setAttribute("aria-pressed", String(this.#paused));
            pause.textContent = this.#paused ? "Go on" : "Pause";
        });
        const clear = h("button.small", { type: "button" }, "Clear");
        clear.addEventListener("click", () => {
            held.messages.length = 0;
            this.#drawn = -1;
        });
        fill(
            this.#work,
            h(
                "section.card.stack",
                null,
                h("h2", null, h("span", null, "Messages ", this.#count), h("span.actions", null, pause, clear)),
                h("form.filters", { onsubmit: subscribe }, h("div.field.grow", null, h("label", { for: "filter" }, "Topic filter"), filter), h("div.field.slim", null, h("label", { for: "subscribe-qos" }, "QoS"), subscribeQos), h("button.primary", { type: "submit" }, "Subscribe")),
                this.#chips,
                this.#stream,
            ),
            this.#publishing(),
        );
    }

    /** @param {string} id @param {string} chosen */
    #qos(id, chosen) {
        return h("select", { id }, ["0", "1", "2"].map((value) => h("option", { value, selected: value === chosen }, value)));
    }

    #publishing() {
        const field = (/** @type {string} */ label, /** @type {any} */ input) => h("div.field", null, h("label", { for: input.id }, label), input);
        const plain = (/** @type {string} */ id, /** @type {Record<string, any>} */ more = {}) => h("input", { id, spellcheck: "false", autocomplete: "off", ...more });
        const topic = plain("publish-topic", { required: true, value: "home/temperature" });
        const payload = h("textarea", { id: "payload", rows: 4, spellcheck: "false" }, "21.5");
        const qos = this.#qos("publish-qos", "1");
        const retain = h("input", { id: "retain", type: "checkbox" });
        const contentType = plain("content-type", { placeholder: "application/json" });
        const responseTopic = plain("response-topic");
        const correlation = plain("correlation");
        const expiry = plain("expiry", { type: "number", min: 1 });
        const user = h("textarea", { id: "user-properties", rows: 2, spellcheck: "false", placeholder: "name=value, one a line" });
        const publish = async (/** @type {Event} */ event) => {
            event.preventDefault();
            const version5 = held.client.options.protocolVersion === 5;
            const properties = version5
                ? {
                      ...(contentType.value && { contentType: contentType.value }),
                      ...(responseTopic.value && { responseTopic: responseTopic.value }),
                      ...(correlation.value && { correlationData: new TextEncoder().encode(correlation.value) }),
                      ...(expiry.value && { messageExpiryInterval: Number(expiry.value) }),
                      ...(user.value.trim() && { userProperties: pairs(user.value) }),
                  }
                : {};
            await doing(async () => {
                await held.client.publishAsync(topic.value, payload.value, { qos: Number(qos.value), retain: retain.checked, ...(Object.keys(properties).length && { properties }) });
                return `Published to ${topic.value}.`;
            });
        };
        return h(
            "section.card.aside",
            null,
            h("h2", null, "Publish"),
            h(
                "form.stack",
                { onsubmit: publish },
                field("Topic", topic),
                field("Payload", payload),
                h("div.filters", null, h("div.field.slim", null, h("label", { for: "publish-qos" }, "QoS"), qos), h("div.field.check", null, retain, h("label", { for: "retain" }, "Retain")), h("button.primary", { type: "submit" }, "Publish")),
                h("details", null, h("summary", null, "Properties of MQTT 5"), h("div.fields", null, field("Content type", contentType), field("Response topic", responseTopic), field("Correlation data", correlation), field("Expires after, s", expiry), field("User properties", user))),
            ),
        );
    }

    /** @param {string} filter */
    async #unsubscribe(filter) {
        await doing(async () => {
            await held.client.unsubscribeAsync(filter);
            held.filters.delete(filter);
        });
        this.#draw();
    }

    // --- what comes

    #drawStream() {
        if (this.#paused || this.#drawn === held.seen || document.hidden) {
            return;
        }
        this.#drawn = held.seen;
        this.#count.textContent = held.seen ? `${held.seen} so far` : "";
        const known = new Map([...this.#stream.children].map((each) => [Number(each.getAttribute("data-number")), each]));
        fill(this.#stream, held.messages.length ? held.messages.map((each) => known.get(each.number) ?? entry(each)) : h("li.hint", null, "What comes stands here."));
    }
}

/** Lines such as name=value, as MQTT.js takes them. @param {string} lines */
function pairs(lines) {
    /** @type {Record<string, string[]>} */
    const all = {};
    for (const line of lines.split("\n").filter((each) => each.trim())) {
        const [name, ...value] = line.split("=");
        (all[name.trim()] ??= []).push(value.join("="));
    }
    return all;
}

/** @param {any} message */
function entry({ at, topic, payload, packet, number }) {
    const properties = packet.properties ?? {};
    const words = [
        properties.contentType && `content type ${properties.contentType}`,
        properties.responseTopic && `answer to ${properties.responseTopic}`,
        properties.correlationData && `correlation ${text(properties.correlationData) ?? hex(properties.correlationData)}`,
        properties.messageExpiryInterval && `expires in ${properties.messageExpiryInterval} s`,
        properties.subscriptionIdentifier && `subscription ${properties.subscriptionIdentifier}`,
        ...Object.entries(properties.userProperties ?? {}).flatMap(([name, values]) => [values].flat().map((value) => `${name}=${value}`)),
    ].filter(Boolean);
    const said = text(payload);
    return h(
        "li",
        { "data-number": number },
        h("div.meta", null, named(topic), h("span", null, clock(at)), h("span", null, `QoS ${packet.qos}`), packet.retain && h("span.pill", null, "retained"), packet.dup && h("span.pill.warn", null, "again"), h("span", null, size(payload.length))),
        words.length > 0 && h("div.meta", null, words.map((each) => h("span", null, visible(each)))),
        h("div.text", null, payload.length === 0 ? h("span.none", null, "no payload") : said === null ? hex(payload) : visible(pretty(said), { lines: true })),
    );
}
customElements.define("page-mqtt", PageMqtt);
