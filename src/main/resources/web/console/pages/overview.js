// <page-overview>: how the cluster fares, now and over the last minutes.
import { change, get, may, step } from "../api.js";
import { fill, h, visible } from "../dom.js";
import { figures, KEPT_MS } from "../figures.js";
import { lasting, rate, short, took } from "../format.js";
import { sure } from "../parts/dialog.js";
import { doing, failures, fault } from "../parts/notes.js";
import { link, Page } from "../parts/page.js";
import { spark } from "../plot.js";
import { clusterMap } from "../parts/cluster-map.js";

const LINES_MAX = 5;

class PageOverview extends Page {
    #trouble = h("div");
    #state = h("p.lead");
    #welcome = h("div");
    #tiles = h("div.tiles");
    #map = h("div.map");
    #nodes = h("div.nodes");
    #plots = {
        traffic: /** @type {any} */ (document.createElement("live-plot")),
        drops: /** @type {any} */ (document.createElement("live-plot")),
        times: /** @type {any} */ (document.createElement("live-plot")),
        connections: /** @type {any} */ (document.createElement("live-plot")),
    };
    /** @type {any} */
    #cluster = null;
    /** @type {any[]} */
    #all = [];

    show() {
        const plot = (/** @type {string} */ title, /** @type {Element} */ element, /** @type {string} */ unit) => h("section.card", null, h("h2", null, title, h("small", null, unit)), element);
        fill(
            this,
            h("header.head", null, h("div", null, h("h1", null, "Overview"), this.#state)),
            this.#trouble,
            this.#welcome,
            this.#tiles,
            h(
                "div.plots",
                null,
                plot("Messages", this.#plots.traffic, "per second"),
                plot("Publish to deliver", this.#plots.times, "of 10 seconds"),
                plot("Dropped", this.#plots.drops, "per second, by reason"),
                plot("Connections", this.#plots.connections, "now"),
            ),
            h("section.card.cluster", { "aria-labelledby": "cluster" }, h("h2", { id: "cluster" }, "Cluster"), this.#map, this.#nodes),
        );
        figures.addEventListener("change", () => this.#draw(), { signal: this.signal });
        this.#draw();
        this.every(2000, () => this.#look(), this.#trouble);
    }

    async #look() {
        const [nodes, cluster] = await Promise.all([get("nodes", {}, { signal: this.signal }), get("cluster", {}, { signal: this.signal })]);
        this.#all = nodes.items;
        this.#cluster = cluster;
        this.#drawCluster(nodes.failures);
    }

    // --- figures

    #draw() {
        const { moments, fault: trouble } = figures;
        if (trouble) {
            fill(this.#trouble, fault(trouble));
            return;
        }
        const now = moments.at(-1);
        if (!now) {
            return;
        }
        const line = (/** @type {(moment: any) => number | null} */ of) => /** @type {[number, number | null][]} */ (moments.map((each) => [each.at, of(each)]));
        const tile = (/** @type {string} */ name, /** @type {string} */ value, /** @type {any} */ points, style = "s1") =>
            h("div.tile", null, h("span", null, name), h("b", null, value), spark(points, { style }));
        fill(
            this.#tiles,
            tile("Connections", short(now.connections), line((each) => each.connections), "s3"),
            tile("Sessions", short(now.sessions), line((each) => each.sessions), "s3"),
            tile("In, messages/s", rate(now.received), line((each) => each.received), "s1"),
            tile("Out, messages/s", rate(now.sent), line((each) => each.sent), "s2"),
            tile("Waiting in queues", short(now.queued), line((each) => each.queued), "s3"),
            tile("Dropped/s", rate(now.dropped), line((each) => each.dropped), "s4"),
        );
        const look = (/** @type {string} */ label, write = rate) => ({ label, span: KEPT_MS, write });
        this.#plots.traffic.show(
            [
                { name: "in", style: "s1", points: line((each) => each.received) },
                { name: "out", style: "s2", points: line((each) => each.sent) },
            ],
            look("Messages per second"),
        );
        this.#plots.times.show(
            [
                { name: "p50", style: "s1", points: line((each) => each.p50) },
                { name: "p99", style: "s2", points: line((each) => each.p99) },
            ],
            look("Publish to deliver", took),
        );
        this.#plots.connections.show([{ name: "connections", style: "s3", points: line((each) => each.connections) }], look("Connections", short));
        const most = Object.entries(worst(moments)).sort((a, b) => b[1] - a[1]).slice(0, LINES_MAX);
        this.#plots.drops.show(
            most.length
                ? most.map(([reason], i) => ({ name: reason.replaceAll("_", " "), style: `s${4 + i}`, points: line((each) => (each.received === null ? null : each.reasons[reason])) }))
                : [{ name: "none", style: "s3", points: line((each) => (each.received === null ? null : 0)) }],
            look("Dropped per second"),
        );
        const traffic = figures.items.some((each) => each.messagesReceived > 0);
        if (!traffic && !this.#welcome.hasChildNodes()) {
            fill(this.#welcome, welcome());
        } else if (traffic) {
            this.#welcome.replaceChildren();
        }
    }

    // --- nodes

    /** @param {import("../api.js").Failure[]} failed */
    #drawCluster(failed) {
        const cluster = this.#cluster;
        const alone = cluster.expectedSize === 1;
        const behind = cluster.members.filter((/** @type {any} */ each) => !each.self && each.inStep === false).length;
        const draining = this.#all.filter((each) => each.draining).length;
        const sentences = alone
            ? ["One node", this.#all[0]?.ready ? "serving" : "not serving"]
            : [
                  `${cluster.members.length} of ${cluster.expectedSize} nodes`,
                  cluster.inQuorum ? "in quorum" : "no quorum",
                  behind ? `routes of ${behind} behind` : "routes in step",
                  draining && `${draining} draining`,
                  cluster.adoption?.inProgress && "taking over sessions",
              ];
        fill(this.#state, h(`span.pill.${cluster.serving && !failed.length && !behind ? "good" : "bad"}`, null, sentences.filter(Boolean).join(" · ")));
        const focused = document.activeElement?.getAttribute("data-drain");
        fill(this.#map, alone ? null : clusterMap(cluster, this.#all));
        fill(
            this.#nodes,
            failures(failed),
            this.#all.map((node) => this.#card(node)),
        );
        /** @type {HTMLElement | null} */ (focused && this.#nodes.querySelector(`[data-drain="${CSS.escape(focused)}"]`))?.focus();
    }

    /** @param {any} node */
    #card(node) {
        const member = this.#cluster.members.find((/** @type {any} */ each) => each.id === node.id);
        const speed = figures.moments.at(-1)?.nodes[node.node];
        const [state, word] = node.draining ? ["warn", "draining"] : node.ready ? ["good", "ready"] : ["bad", "not ready"];
        const fact = (/** @type {string} */ name, /** @type {any} */ value) => h("div", null, h("dt", null, name), h("dd", null, value));
        return h(
            "article.node",
            null,
            h("h3", null, visible(node.node), node.self && h("small", null, "this one"), h(`span.pill.${state}`, null, word)),
            node.storeRefusal && h("p.fault", null, visible(node.storeRefusal)),
            h(
                "dl",
                null,
                fact("Connections", short(node.connections)),
                fact("Sessions", short(node.sessions)),
                fact("Queued", short(node.queuedMessages)),
                fact("In / out", speed ? `${rate(speed.received)} / ${rate(speed.sent)}` : "–"),
                fact("Up", lasting((Date.now() - Date.parse(node.startedAt)) / 1000)),
                member && fact("Routes", member.self ? "its own" : member.inStep === false ? h("b.bad", null, "behind") : "in step"),
                member?.state && member.state !== "present" && fact("Seen as", member.state),
                fact("Release", visible(node.release)),
            ),
            may(node.draining ? "DELETE nodes/{node}/drain" : "POST nodes/{node}/drain") &&
                h("button", { type: "button", "data-drain": node.node, onclick: () => this.#drain(node) }, node.draining ? "Let clients in again" : "Drain…"),
        );
    }

    /** @param {any} node */
    async #drain(node) {
        const path = `nodes/${step(node.node)}/drain`;
        if (node.draining) {
            await doing(async () => {
                await change("DELETE", path);
                return `${node.node} lets clients in again.`;
            });
        } else if (
            await sure({
                title: `Drain ${node.node}?`,
                text: h("p", null, `It lets no clients in any more, and sends its ${short(node.connections)} away at a pace. It stays in the cluster; draining can be ended at any time.`),
                action: "Drain",
            })
        ) {
            await doing(async () => `${node.node} is draining; ${(await change("POST", path)).connectionsLeft} connections are left.`);
        }
        await this.#look().catch(() => {});
    }
}

/** The most of each reason in the last minutes, without those that were none. @param {import("../figures.js").Moment[]} moments */
function worst(moments) {
    /** @type {Record<string, number>} */
    const most = {};
    for (const { reasons } of moments) {
        for (const [reason, value] of Object.entries(reasons)) {
            if (value > 0) {
                most[reason] = Math.max(most[reason] ?? 0, value);
            }
        }
    }
    return most;
}

/** What to do with a broker that nobody has sent anything to yet. */
function welcome() {
    return h(
        "section.card.welcome",
        null,
        h("h2", null, "This broker is running. Send it something."),
        h(
            "div.ways",
            null,
            h("a.way", { href: link("/mqtt") }, h("b", null, "From this browser"), h("span", null, "Subscribe and publish in a client that needs nothing else.")),
            h("a.way", { href: "/examples/monitor.html" }, h("b", null, "With simulated sensors"), h("span", null, "Four rooms whose values come live; then look at Retained.")),
            h("div.way", null, h("b", null, "From a terminal"), h("code", null, "java -jar coppice.jar sub -t 'home/#' -v"), h("code", null, "java -jar coppice.jar pub -t home/temperature -m 21.5")),
        ),
    );
}
customElements.define("page-overview", PageOverview);
