// Elements out of words. Nothing here parses HTML: whatever clients call themselves stays text.

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * An element.
 *
 * @param {string} spec tag and classes, such as `span.pill.good`
 * @param {Record<string, any> | null} [with_] attributes; functions named on… listen; `true` sets, `false` and null leave out
 * @param {...Child} children
 * @returns {any} of the kind that the tag names
 */
export function h(spec, with_, ...children) {
    const [tag, ...classes] = spec.split(".");
    const element = document.createElement(tag || "div");
    if (classes.length) {
        element.className = classes.join(" ");
    }
    assign(element, with_);
    add(element, children);
    return element;
}

/**
 * The same in SVG.
 *
 * @param {string} spec
 * @param {Record<string, any> | null} [with_]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(spec, with_, ...children) {
    const [tag, ...classes] = spec.split(".");
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    if (classes.length) {
        element.setAttribute("class", classes.join(" "));
    }
    assign(element, with_);
    add(element, children);
    return element;
}

/** @param {Element} element @param {Record<string, any> | null | undefined} with_ */
function assign(element, with_) {
    for (const [key, value] of Object.entries(with_ ?? {})) {
        if (value === null || value === undefined || value === false) {
            continue;
        }
        if (key.startsWith("on")) {
            element.addEventListener(key.slice(2), value);
        } else {
            element.setAttribute(key, value === true ? "" : String(value));
        }
    }
}

/** @param {Element} element @param {Child[]} children */
function add(element, children) {
    for (const child of children.flat(Infinity)) {
        if (child !== null && child !== undefined && child !== false) {
            element.append(child instanceof Node ? child : String(child));
        }
    }
}

/** What cannot be seen, or makes other text look different from what it is: controls, directions, invisible signs. */
// biome-ignore lint: control characters are what this is about
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb]/g;

/**
 * Text with all that cannot be seen made visible, by its number.
 *
 * @param {string} text
 * @param {{lines?: boolean}} [keep] lines: leaves ends of lines and tabs as they are
 */
export function visible(text, keep) {
    return String(text).replace(UNSEEN, (sign) => {
        const code = sign.charCodeAt(0);
        if (keep?.lines && (code === 9 || code === 10 || code === 13)) {
            return sign;
        }
        return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    });
}

/** A name that somebody else has chosen, such as a client identifier or a topic. @param {string} text */
export function named(text) {
    return text === "" ? h("span.none", null, "empty") : h("bdi.name", null, visible(text));
}

/** @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
    element.replaceChildren();
    add(element, children);
    return element;
}

/** A sign of our own few, drawn. @param {keyof typeof SIGNS} name */
export function sign(name) {
    return svg("svg.sign", { viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, svg("path", { d: SIGNS[name] }));
}

const SIGNS = {
    overview: "M2 13V9m4 4V4m4 9V7m4 6V2",
    clients: "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 13.5c.5-2.7 2.4-4 5-4s4.500 1.300 5 4",
    subscriptions: "M2.500 4h11M2.500 8h7.500M2.500 12h9",
    explain: "M2 8h5m0 0 5-4.500M7 8l5 4.500M12.500 3.500h1.500m-1.500 9h1.500M7 8h7",
    retained: "M3 2.500v11M3 5h4m-4 4h4M3 13h4M9.500 5h4m-4 4h4m-4 4h4",
    mqtt: "M2 5h9m0 0L8.500 2.500M11 5 8.500 7.500M14 11H5m0 0 2.500-2.500M5 11l2.500 2.500",
    traces: "M2 8h2.500L6 3l3 10 2-7 1 2h2",
    drops: "M8 2c2.500 3.200 4 5.200 4 7.300a4 4 0 0 1-8 0C4 7.200 5.500 5.200 8 2Z",
    bans: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.800 3.800l8.400 8.400",
    configuration: "M2 4.500h7m3 0h2M2 11.500h2m3 0h7M10.500 6.300a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600Zm-5 7a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600Z",
    logs: "M3 2.500h10v11H3zM5.500 6h5m-5 2.500h5m-5 2.500h3",
    backup: "M8 2v7.500m0 0L5 6.700m3 2.800 3-2.800M2.500 11v2.500h11V11",
    examples: "M5 3v10l8-5z",
    light: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500m11 0H15M3 3l1.100 1.100m7.800 7.800L13 13M3 13l1.100-1.100m7.800-7.800L13 3",
    dark: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z",
};
