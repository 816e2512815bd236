// Messages as people read them: text as text, JSON in lines, bytes as hexadecimal figures.
import { h, visible } from "../dom.js";

const HEX_BYTES_MAX = 512;

/** @param {Uint8Array} bytes @returns {string | null} null where it is no text */
export function text(bytes) {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        return null;
    }
}

/** @param {string} base64 */
export const unpack = (base64) => Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));

/** @param {Uint8Array} bytes */
export function hex(bytes) {
    const shown = Array.from(bytes.subarray(0, HEX_BYTES_MAX), (each) => each.toString(16).padStart(2, "0"));
    return shown.join(" ") + (bytes.length > HEX_BYTES_MAX ? ` … ${bytes.length - HEX_BYTES_MAX} more bytes` : "");
}

/** A payload of the API: as text, or Base64. @param {{payload?: string, payloadBase64?: string}} message */
export const payloadOf = (message) => (message.payload !== undefined ? message.payload : message.payloadBase64 !== undefined ? (text(unpack(message.payloadBase64)) ?? hex(unpack(message.payloadBase64))) : "");

/** @param {string} payload */
export function pretty(payload) {
    if (/^\s*[[{]/.test(payload)) {
        try {
            return JSON.stringify(JSON.parse(payload), null, 2);
        } catch {
            // it only looked like JSON
        }
    }
    return payload;
}

/** @param {string} payload */
export const payloadBox = (payload) => (payload === "" ? h("p.none", null, "no payload") : h("pre.payload", { tabindex: 0 }, visible(pretty(payload), { lines: true })));

/** The number that a payload is, or that its only or first numeric member is; null for none. @param {string} payload */
export function numeric(payload) {
    const trimmed = payload.trim();
    if (trimmed !== "" && trimmed.length < 40 && Number.isFinite(Number(trimmed))) {
        return Number(trimmed);
    }
    if (trimmed.startsWith("{") && trimmed.length < 4096) {
        try {
            const value = Object.values(JSON.parse(trimmed)).find((each) => typeof each === "number");
            return value === undefined ? null : Number(value);
        } catch {
            return null;
        }
    }
    return null;
}
