// What all nodes have counted, asked every two seconds from when the console opens, and the rates of the last minutes.
import { get } from "./api.js";

const EVERY_MS = 2000;
export const KEPT_MS = 5 * 60_000;
/** Times of delivery are of this long: a shorter look has too few messages to tell a p99. */
const LOOK = 5;

/**
 * One moment of the cluster.
 *
 * @typedef {object} Moment
 * @property {number} at milliseconds since the epoch
 * @property {number} connections
 * @property {number} sessions
 * @property {number} queued
 * @property {number | null} received messages a second
 * @property {number | null} sent
 * @property {number | null} dropped
 * @property {Record<string, number>} reasons dropped messages a second by reason
 * @property {number | null} p50 microseconds from publish to deliver; null where nothing was delivered
 * @property {number | null} p99
 * @property {Record<string, {received: number, sent: number}>} nodes rates by node
 */

class Figures extends EventTarget {
    /** @type {Moment[]} */
    moments = [];
    /** The last answer, node by node. @type {any[]} */
    items = [];
    /** @type {import("./api.js").Failure[]} */
    failures = [];
    /** Why there is no answer. @type {Error | null} */
    fault = null;
    /** Answers, the newest last. @type {{at: number, nodes: Map<string, any>}[]} */
    #answers = [];
    /** @type {number | undefined} */
    #timer;

    start() {
        this.stop();
        const turn = async () => {
            await this.#look();
            this.#timer = setTimeout(turn, EVERY_MS);
        };
        this.#timer = setTimeout(turn);
    }

    stop() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
    }

    async #look() {
        try {
            const { items, failures } = await get("figures");
            this.items = items;
            this.failures = failures;
            this.fault = null;
            this.#take(items);
        } catch (fault) {
            this.fault = fault;
        }
        this.dispatchEvent(new Event("change"));
    }

    /** @param {any[]} items */
    #take(items) {
        const now = { at: Date.now(), nodes: new Map(items.map((each) => [each.node, each])) };
        const before = this.#answers.at(-1);
        this.#answers.push(now);
        const moment = moments(before, this.#answers.at(-1 - LOOK) ?? this.#answers[0], now);
        this.#answers.splice(0, Math.max(0, this.#answers.length - LOOK - 1));
        this.moments.push(moment);
        while (this.moments[0].at < now.at - KEPT_MS) {
            this.moments.shift();
        }
    }
}

const sum = (/** @type {number[]} */ values) => values.reduce((all, each) => all + each, 0);

/**
 * @param {{at: number, nodes: Map<string, any>} | undefined} before
 * @param {{at: number, nodes: Map<string, any>}} longBefore
 * @param {{at: number, nodes: Map<string, any>}} now
 * @returns {Moment}
 */
function moments(before, longBefore, now) {
    const all = [...now.nodes.values()];
    /** @type {Moment} */
    const moment = {
        at: now.at,
        connections: sum(all.map((each) => each.connections)),
        sessions: sum(all.map((each) => each.sessions)),
        queued: sum(all.map((each) => each.queuedMessages)),
        received: null,
        sent: null,
        dropped: null,
        reasons: {},
        p50: null,
        p99: null,
        nodes: {},
    };
    const known = before ? all.filter((each) => same(before.nodes.get(each.node), each)) : [];
    if (before && known.length) {
        moment.received = moment.sent = moment.dropped = 0;
        for (const node of known) {
            const old = before.nodes.get(node.node);
            const seconds = Math.max(0.1, (Date.parse(node.time) - Date.parse(old.time)) / 1000);
            const received = Math.max(0, node.messagesReceived - old.messagesReceived) / seconds;
            const sent = Math.max(0, node.messagesSent - old.messagesSent) / seconds;
            moment.nodes[node.node] = { received, sent };
            moment.received += received;
            moment.sent += sent;
            for (const [reason, value] of Object.entries(node.dropped)) {
                const perSecond = Math.max(0, value - (old.dropped[reason] ?? 0)) / seconds;
                moment.reasons[reason] = (moment.reasons[reason] ?? 0) + perSecond;
                moment.dropped += perSecond;
            }
        }
    }
    const classes = delivered(longBefore, all);
    moment.p50 = quantile(classes, 0.5);
    moment.p99 = quantile(classes, 0.99);
    return moment;
}

/** Whether two answers are of one life of a node. @param {any} old @param {any} node */
const same = (old, node) => old && old.startedAt === node.startedAt && old.time < node.time;

/** How many messages took how long since then. @param {{nodes: Map<string, any>}} since @param {any[]} all */
function delivered(since, all) {
    const bounds = all[0]?.delivery.microsMax ?? [];
    const counts = new Array(bounds.length + 1).fill(0);
    for (const node of all) {
        const old = since.nodes.get(node.node);
        if (same(old, node)) {
            node.delivery.counts.forEach((/** @type {number} */ value, /** @type {number} */ i) => (counts[i] += value - old.delivery.counts[i]));
        }
    }
    return { bounds, counts };
}

/**
 * A quantile, by a straight line within the class that has it; null of nothing.
 *
 * @param {{bounds: number[], counts: number[]}} classes
 * @param {number} share 0 to 1
 */
export function quantile({ bounds, counts }, share) {
    const wanted = sum(counts) * share;
    if (wanted === 0) {
        return null;
    }
    let below = 0;
    for (let i = 0; i < counts.length; i++) {
        if (below + counts[i] >= wanted) {
            const from = i === 0 ? 0 : bounds[i - 1];
            const to = bounds[Math.min(i, bounds.length - 1)];
            return from + ((to - from) * (wanted - below)) / counts[i];
        }
        below += counts[i];
    }
    return bounds.at(-1) ?? null;
}

export const figures = new Figures();
