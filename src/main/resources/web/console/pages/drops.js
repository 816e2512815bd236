// <page-drops>: messages that went no further, by reason and node.
import { fill, h, visible } from "../dom.js";
import { figures, KEPT_MS } from "../figures.js";
import { count, rate } from "../format.js";
import { failures, fault } from "../parts/notes.js";
import { Page } from "../parts/page.js";
import "../plot.js";

/** What the reasons mean, and what can be done. @type {Record<string, string>} */
const MEANING = {
    no_subscribers: "Nobody subscribes to the topic. No loss, unless somebody should.",
    queue_full: "The queue of a session was full: its client is away, or slower than what comes for it.",
    slow_reader: "QoS 0 for a client whose connection does not take it fast enough.",
    offline: "QoS 0 for a client that is away.",
    expired: "Its Message Expiry Interval was over while it waited.",
    too_large: "Larger than the receiver takes, or than a limit allows.",
    not_authorized: "Its publisher may not publish it, or its receiver may not read it.",
    quota_exceeded: "A limit refused it; its publisher was told.",
    session_ended: "The session ended while it waited.",
    unacknowledged: "The session ended before the client had acknowledged it.",
    loop_backlog: "QoS 0 on its way to another event loop, which lags behind.",
    forward_backlog: "QoS 0 on its way to another node, which lags behind.",
    receive_maximum: "Its publisher sent more than it may have unanswered.",
    protocol_error: "Its publisher broke the protocol, and was disconnected.",
    payload_format_invalid: "It said that it was UTF-8 and was not.",
    repeated: "No loss: the session has it already.",
    no_local: "No loss: it was its own client's.",
    not_taken: "No loss: its sender was told to send it again.",
    damaged: "The store does not have it any more, or cannot read it.",
};

class PageDrops extends Page {
    #trouble = h("div");
    #plot = /** @type {any} */ (document.createElement("live-plot"));
    #body = h("tbody");
    #headRow = h("tr");
    #all = false;

    show() {
        const all = h("input", { id: "all-reasons", type: "checkbox", onchange: () => ((this.#all = all.checked), this.#draw()) });
        fill(
            this,
            this.head("Drops", "Every message that goes no further is counted, with the reason. Figures are since each node began."),
            this.#trouble,
            h("section.card", null, h("h2", null, "Dropped", h("small", null, "per second, by reason")), this.#plot),
            h("div.filters", null, h("div.field.check", null, all, h("label", { for: "all-reasons" }, "Also reasons that have not occurred"))),
            h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Drops by reason" }, h("table", null, h("caption.unseen", null, "Drops by reason"), h("thead", null, this.#headRow), this.#body)),
        );
        figures.addEventListener("change", () => this.#draw(), { signal: this.signal });
        this.#draw();
    }

    #draw() {
        const { items, moments, fault: trouble, failures: failed } = figures;
        fill(this.#trouble, trouble ? fault(trouble) : failures(failed));
        if (!items.length) {
            return;
        }
        const total = (/** @type {string} */ reason) => items.reduce((sum, each) => sum + each.dropped[reason], 0);
        const reasons = Object.keys(items[0].dropped).filter((reason) => this.#all || total(reason) > 0).sort((a, b) => total(b) - total(a));
        const lines = reasons.filter((reason) => moments.some((each) => each.reasons[reason] > 0)).slice(0, 5);
        this.#plot.show(
            (lines.length ? lines : ["none"]).map((reason, i) => ({
                name: reason.replaceAll("_", " "),
                style: lines.length ? `s${4 + i}` : "s3",
                points: moments.map((each) => /** @type {[number, number | null]} */ ([each.at, each.received === null ? null : (each.reasons[reason] ?? 0)])),
            })),
            { label: "Dropped per second", span: KEPT_MS, write: rate },
        );
        fill(this.#headRow, h("th", { scope: "col" }, "Reason"), h("th.wide", { scope: "col" }, "What it means"), h("th.num", { scope: "col" }, "Now /s"), items.length > 1 && items.map((each) => h("th.num.wide", { scope: "col" }, visible(each.node))), h("th.num", { scope: "col" }, "All"));
        fill(
            this.#body,
            reasons.length
                ? reasons.map((reason) =>
                      h("tr", null, h("th.plain", { scope: "row" }, reason.replaceAll("_", " ")), h("td.wide", null, MEANING[reason] ?? ""), h("td.num", null, rate(moments.at(-1)?.reasons[reason] ?? 0)), items.length > 1 && items.map((each) => h("td.num.wide", null, count(each.dropped[reason]))), h("td.num", null, count(total(reason)))),
                  )
                : h("tr", null, h("td.empty", { colspan: 4 + items.length }, "Nothing was dropped.")),
        );
    }
}
customElements.define("page-drops", PageDrops);
