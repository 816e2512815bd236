// Figures and times as people read them.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** A count, whole. @param {number | null | undefined} value */
export const count = (value) => (value === null || value === undefined ? "–" : WHOLE.format(value));

/** A count that is short: 12.3K. @param {number | null | undefined} value */
export const short = (value) => (value === null || value === undefined ? "–" : value < 10_000 ? WHOLE.format(value) : SHORT.format(value));

/** A rate: one digit behind the point while it is small. @param {number | null | undefined} value */
export function rate(value) {
    if (value === null || value === undefined) {
        return "–";
    }
    return value === 0 ? "0" : value < 10 ? value.toFixed(1) : short(value);
}

/** Bytes in powers of 1024. @param {number | null | undefined} bytes */
export function size(bytes) {
    if (bytes === null || bytes === undefined) {
        return "–";
    }
    let value = bytes;
    let unit = 0;
    while (value >= 1024 && unit < 4) {
        value /= 1024;
        unit++;
    }
    return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/** A time that something took. @param {number | null | undefined} micros */
export function took(micros) {
    if (micros === null || micros === undefined) {
        return "–";
    }
    return micros < 1000 ? `${Math.round(micros)} µs` : micros < 1e6 ? `${(micros / 1000).toPrecision(2)} ms` : `${(micros / 1e6).toPrecision(2)} s`;
}

/** How long something lasts, in its two largest units. @param {number} seconds */
export function lasting(seconds) {
    const all = Math.max(0, Math.round(seconds));
    const parts = [
        [Math.floor(all / 86400), "d"],
        [Math.floor(all / 3600) % 24, "h"],
        [Math.floor(all / 60) % 60, "min"],
        [all % 60, "s"],
    ];
    const first = parts.findIndex(([amount]) => amount > 0);
    return first < 0
        ? "0 s"
        : parts
              .slice(first, first + 2)
              .filter(([amount]) => amount > 0)
              .map(([amount, unit]) => `${amount} ${unit}`)
              .join(" ");
}

/** How long ago. @param {string | null | undefined} iso */
export const ago = (iso) => (iso ? `${lasting((Date.now() - Date.parse(iso)) / 1000)} ago` : "–");

/** How long until. @param {string} iso */
export const until = (iso) => lasting((Date.parse(iso) - Date.now()) / 1000);

/** The time of day, with milliseconds. @param {string | number} when ISO, or milliseconds since the epoch */
export function clock(when) {
    const date = new Date(when);
    const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
