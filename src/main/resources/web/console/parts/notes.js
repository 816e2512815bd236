// What went wrong, and what was done, in words.
import { h, visible } from "../dom.js";

const SHOWN_MS = 6000;

/** Says for a few seconds what was done, or what failed. @param {string} text @param {"good" | "bad"} [kind] */
export function note(text, kind = "good") {
    const box = h(`div.note.${kind}`, null, visible(text));
    document.getElementById("notes")?.append(box);
    setTimeout(() => box.remove(), SHOWN_MS);
}

/** A fault that stands where the answer would. @param {any} error */
export function fault(error) {
    return h("div.fault", { role: "alert" }, h("strong", null, error.title || "It did not work"), " ", visible(error.message ?? String(error)), failures(error.failures));
}

/** Nodes that have not answered, by name; null where all have. @param {import("../api.js").Failure[] | undefined} list */
export function failures(list) {
    return list?.length
        ? h(
              "div.fault.soft",
              { role: "status" },
              h("strong", null, list.length === 1 ? "One node has not answered" : `${list.length} nodes have not answered`),
              ", and what it has is missing: ",
              list.map(({ node, reason }, i) => [i ? "; " : "", h("b", null, visible(node)), ` (${visible(reason)})`]),
          )
        : null;
}

/** Does something; says what was done or why not. @param {() => Promise<string | void>} deed @returns {Promise<boolean>} */
export async function doing(deed) {
    try {
        const done = await deed();
        if (done) {
            note(done);
        }
        return true;
    } catch (error) {
        const missing = error.failures?.length ? ` (${error.failures.map((/** @type {any} */ each) => `${each.node}: ${each.reason}`).join("; ")})` : "";
        note(`${error.message}${missing}`, "bad");
        return false;
    }
}
