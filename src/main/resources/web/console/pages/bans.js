// <page-bans>: who is refused for a time.
import { change, get, may, step } from "../api.js";
import { fill, h, named, visible } from "../dom.js";
import { until } from "../format.js";
import { question, sure } from "../parts/dialog.js";
import { doing } from "../parts/notes.js";
import { Page } from "../parts/page.js";
import { pagedTable } from "../parts/paged-table.js";

class PageBans extends Page {
    #table = pagedTable();

    show() {
        fill(this, this.head("Bans", "Who is refused at present, by operators or by the nodes themselves.", may("POST bans") && h("button.primary", { type: "button", onclick: () => this.#ban() }, "Ban…")), this.#table);
        this.#table.list({
            label: "Bans",
            empty: "Nobody is banned.",
            fetch: (/** @type {string | undefined} */ cursor, /** @type {AbortSignal} */ signal) => get("bans", { limit: 50, cursor }, { signal }),
            columns: [
                { head: "Whom", cell: (/** @type {any} */ each) => named(each.value) },
                { head: "As", cell: (/** @type {any} */ each) => each.kind.replaceAll("-", " ") },
                { head: "Still for", cell: (/** @type {any} */ each) => h("span", { title: each.until }, until(each.until)) },
                { head: "By", style: "wide", cell: (/** @type {any} */ each) => (each.automatic ? h("span.pill", null, "the node") : visible(each.by ?? "")) },
                { head: "Why", style: "wide", cell: (/** @type {any} */ each) => visible(each.reason ?? "") || "–" },
                { head: "", style: "act", cell: (/** @type {any} */ each) => may("DELETE bans/{kind}/{value}") && h("button.small", { type: "button", "aria-label": `Lift the ban of ${visible(each.value)}`, onclick: () => this.#lift(each) }, "Lift") },
            ],
        });
    }

    async #ban() {
        const answer = await question({
            title: "Ban",
            text: h("p", null, "Whoever is banned is disconnected, and refused on all nodes until the time is over."),
            fields: [
                { name: "kind", label: "As", kind: "select", value: "client-id", options: [["client-id", "client identifier"], ["user", "user"], ["address", "address or network"]] },
                { name: "value", label: "Whom", required: true },
                { name: "minutes", label: "For how many minutes", kind: "number", value: 60, required: true },
                { name: "reason", label: "Why, for other operators" },
            ],
            action: "Ban",
            danger: true,
        });
        if (answer) {
            await doing(async () => {
                const ban = await change("POST", "bans", { body: { kind: answer.kind, value: answer.value, seconds: answer.minutes * 60, ...(answer.reason ? { reason: answer.reason } : {}) } });
                return `${ban.value} is banned; ${ban.connectionsEnded} connections have ended.`;
            });
            await this.#table.again();
        }
    }

    /** @param {any} ban */
    async #lift(ban) {
        if (await sure({ title: "Lift this ban?", text: h("p", null, named(ban.value), " may connect again."), action: "Lift", danger: false })) {
            await doing(async () => {
                await change("DELETE", `bans/${ban.kind}/${step(ban.value)}`);
                return `The ban of ${ban.value} is lifted.`;
            });
            await this.#table.again();
        }
    }
}
customElements.define("page-bans", PageBans);
