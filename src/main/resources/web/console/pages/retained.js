// <page-retained>: what is retained, as a tree that is asked for branch by branch, with live values.
import { change, get, may, needs, step } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { count, lasting, size } from "../format.js";
import { listen } from "../mqtt-link.js";
import { question, sure } from "../parts/dialog.js";
import { payloadBox, payloadOf, text } from "../parts/message.js";
import { doing, fault } from "../parts/notes.js";
import { go, Page } from "../parts/page.js";
import "../parts/topic-tree.js";
import "../plot.js";

const DRAW_MS = 500;

class PageRetained extends Page {
    #tree = /** @type {any} */ (document.createElement("topic-tree"));
    #prefix = h("input", { id: "prefix", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "all" });
    #live = h("button", { type: "button", "aria-pressed": "false" }, "Live values");
    #trouble = h("div");
    #aside = h("section.card.aside.stack", { "aria-label": "The chosen topic" });
    #plot = /** @type {any} */ (document.createElement("live-plot"));
    #now = h("div");
    /** @type {string | null} */
    #chosen = null;
    /** @type {any} */
    #client = null;
    /** Filters that the live connection has. @type {Set<string>} */
    #filters = new Set();

    show() {
        const prefix = this.place.query.get("prefix") ?? "";
        if (!this.hasChildNodes()) {
            this.#build();
        }
        this.#prefix.value = prefix;
        this.#tree.root(prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`);
        this.#say();
    }

    #build() {
        const submit = (/** @type {Event} */ event) => {
            event.preventDefault();
            go("/retained", { prefix: this.#prefix.value });
        };
        fill(
            this,
            this.head("Retained", "Messages that are kept for whoever subscribes later.", this.#live, may("DELETE retained") && h("button.danger", { type: "button", onclick: () => this.#purge() }, "Purge…")),
            this.#trouble,
            h("form.filters", { role: "search", onsubmit: submit }, h("div.field.grow", null, h("label", { for: "prefix" }, "Below the topic"), this.#prefix), h("button", { type: "submit" }, "Show")),
            h("div.split", null, h("section.card", { "aria-label": "Topics" }, this.#tree), this.#aside),
        );
        this.#live.addEventListener("click", () => this.#turnLive());
        this.#tree.addEventListener("chosen", (/** @type {CustomEvent} */ event) => this.#choose(event.detail));
        this.#tree.addEventListener("open-changed", () => this.#follow());
        const timer = setInterval(() => this.#draw(), DRAW_MS);
        this.signal.addEventListener("abort", () => {
            clearInterval(timer);
            this.#client?.end();
        });
    }

    // --- live values: of what is open, and of nothing else

    async #turnLive() {
        if (this.#client) {
            this.#client.end();
            this.#client = null;
            this.#filters.clear();
        } else {
            try {
                this.#live.disabled = true;
                this.#trouble.replaceChildren();
                const client = await listen();
                if (this.signal.aborted) {
                    client.end();
                    return;
                }
                this.#client = client;
                client.on("message", (/** @type {string} */ topic, /** @type {Uint8Array} */ payload, /** @type {any} */ packet) => this.#tree.take(topic, text(payload) ?? `${payload.length} bytes`, packet.retain && payload.length === 0));
                this.#follow();
            } catch (error) {
                fill(this.#trouble, fault({ title: "No live values.", message: `${error.message} The MQTT client page connects with a user and password.` }));
            } finally {
                this.#live.disabled = false;
            }
        }
        this.#live.setAttribute("aria-pressed", String(this.#client !== null));
    }

    #follow() {
        const client = this.#client;
        if (!client) {
            return;
        }
        const wanted = new Set([...this.#tree.open].filter((branch) => !/[+#]/.test(branch)).map((branch) => `${branch}+`));
        const gone = [...this.#filters].filter((each) => !wanted.has(each));
        const fresh = [...wanted].filter((each) => !this.#filters.has(each));
        if (gone.length) {
            client.unsubscribe(gone, () => {});
        }
        if (fresh.length) {
            client.subscribe(Object.fromEntries(fresh.map((each) => [each, { qos: 0, rap: true }])), () => {});
        }
        this.#filters = wanted;
    }

    #draw() {
        if (document.hidden) {
            return;
        }
        this.#tree.draw();
        const known = this.#chosen === null ? null : this.#tree.known.get(this.#chosen);
        if (known?.text !== null && known?.text !== undefined && this.#now.dataset.text !== known.text) {
            this.#now.dataset.text = known.text;
            fill(this.#now, h("h3", null, "Live"), payloadBox(known.text));
        }
        this.#plot.hidden = !(known && known.points.length > 1);
        if (!this.#plot.hidden) {
            this.#plot.show([{ name: "value", style: "s1", points: known.points }], { label: visible(this.#chosen ?? ""), span: 300_000, floating: true, write: (/** @type {any} */ value) => (value === undefined || value === null ? "–" : String(Math.round(value * 1000) / 1000)) });
        }
    }

    // --- one topic

    #say() {
        this.#chosen = null;
        fill(this.#aside, h("p.hint", null, "Choose a topic to see what is retained for it. Live values subscribes to what is open in the tree."));
    }

    /** @param {{topic: string, message: boolean}} chosen */
    async #choose({ topic, message }) {
        if (!message) {
            return;
        }
        this.#chosen = topic;
        delete this.#now.dataset.text;
        this.#now.replaceChildren();
        const stored = h("div.stack");
        fill(
            this.#aside,
            h("h2", null, named(topic)),
            this.#plot,
            this.#now,
            stored,
            h("div.actions", null, h("a.button", { href: `#/explain?topic=${encodeURIComponent(topic)}` }, "Who receives?"), may("DELETE retained/{topic}") && h("button.danger", { type: "button", onclick: () => this.#clear(topic) }, "Clear…")),
        );
        if (!may("GET retained/{topic}")) {
            fill(stored, h("p.hint", null, `What it says is shown to the role ${needs("GET retained/{topic}")}.`));
            return;
        }
        try {
            const whole = await get(`retained/${step(topic)}`, {}, { signal: this.signal });
            if (this.#chosen === topic) {
                fill(stored, h("h3", null, "Retained, when you looked"), payloadBox(payloadOf(whole)), facts(whole));
            }
        } catch (error) {
            fill(stored, fault(error));
        }
    }

    /** @param {string} topic */
    async #clear(topic) {
        if (await sure({ title: "Clear this topic?", text: h("p", null, "Nothing is retained for ", named(topic), " any more, on all nodes. Who subscribes already is told by an empty message."), action: "Clear" })) {
            if (
                await doing(async () => {
                    await change("DELETE", `retained/${step(topic)}`);
                    return `${topic} is cleared.`;
                })
            ) {
                this.show();
            }
        }
    }

    async #purge() {
        const answer = await question({
            title: "Purge retained messages",
            text: h("p", null, "Those that a filter matches. First you see how many there are."),
            fields: [{ name: "filter", label: "Topic filter", required: true, value: this.#prefix.value ? `${this.#prefix.value.replace(/\/$/, "")}/#` : "" }],
            action: "Find them",
        });
        if (!answer) {
            return;
        }
        await doing(async () => {
            const found = await change("DELETE", "retained", { query: { filter: answer.filter, dryRun: true, limit: 10_000 } });
            if (found.count === 0) {
                return `Nothing is retained for ${answer.filter}.`;
            }
            const all = `${count(found.count)}${found.more ? " and more" : ""}`;
            const list = h("ul.purged", null, found.topics.slice(0, 8).map((/** @type {string} */ each) => h("li", null, named(each))), found.count > 8 && h("li.hint", null, "…"));
            if (!(await sure({ title: `Clear ${all} topics?`, text: [h("p", null, "On all nodes. This cannot be undone."), list], action: `Clear ${all}` }))) {
                return undefined;
            }
            let cleared = 0;
            for (let more = true; more; ) {
                const done = await change("DELETE", "retained", { query: { filter: answer.filter, limit: 10_000 } });
                cleared += done.count;
                more = done.more && done.count > 0 && !this.signal.aborted;
                if (done.failed) {
                    throw new Error(`${count(done.failed)} topics could not be cleared everywhere.`);
                }
            }
            this.show();
            return `${count(cleared)} topics are cleared.`;
        });
    }
}

/** @param {any} message */
function facts(message) {
    const properties = message.properties ?? {};
    const fact = (/** @type {string} */ name, /** @type {any} */ value) => value !== undefined && value !== null && value !== "" && [h("dt", null, name), h("dd", null, value)];
    return h(
        "dl.facts",
        null,
        fact("Size", size(message.payloadBytes)),
        fact("QoS", message.qos),
        fact("Publisher", message.publisher === "" ? "the broker" : named(message.publisher)),
        fact("Expires", message.expiresAt && `in ${lasting((Date.parse(message.expiresAt) - Date.now()) / 1000)}`),
        fact("Content type", properties.contentType && visible(properties.contentType)),
        fact("Response topic", properties.responseTopic && named(properties.responseTopic)),
        (properties.userProperties ?? []).map((/** @type {any} */ each) => fact(visible(each.name), visible(each.value))),
    );
}
customElements.define("page-retained", PageRetained);
