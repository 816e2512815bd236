// One level of the retained topics, asked of a flat list: what a page is full of is passed over as a branch.
import { get } from "../api.js";

const LIMIT = 200;
const ENTRIES_MAX = 200;
/** No character of a topic comes behind it. */
const LAST = "\uffff";

/**
 * One step below a prefix.
 *
 * @typedef {{level: string, topic: string, message: any | null, below: boolean}} Entry message: what is retained for exactly this topic
 */

/**
 * What stands directly below a prefix. A branch costs at most two pages, however much is in it.
 *
 * @param {string} prefix empty, or with a slash at its end
 * @param {string | null} behind from where to go on
 * @param {AbortSignal} signal
 * @returns {Promise<{entries: Entry[], behind: string | null}>} behind: from where to go on; null where that was all
 */
export async function levels(prefix, behind, signal) {
    /** @type {Map<string, Entry>} */
    const found = new Map();
    for (;;) {
        const page = await get("retained", { prefix, after: behind, limit: LIMIT }, { signal });
        for (const message of page.items) {
            const rest = message.topic.slice(prefix.length);
            const slash = rest.indexOf("/");
            const level = slash < 0 ? rest : rest.slice(0, slash);
            const entry = found.get(level) ?? { level, topic: prefix + level, message: null, below: false };
            if (slash < 0) {
                entry.message = message;
            } else {
                entry.below = true;
            }
            found.set(level, entry);
        }
        const end = page.items.at(-1)?.topic;
        if (!page.nextCursor || end === undefined) {
            return { entries: [...found.values()], behind: null };
        }
        const slash = end.indexOf("/", prefix.length);
        behind = slash < 0 ? end : end.slice(0, slash + 1) + LAST;
        if (found.size >= ENTRIES_MAX) {
            return { entries: [...found.values()], behind };
        }
    }
}
