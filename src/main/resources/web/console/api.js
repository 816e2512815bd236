// What asks the node: one door for all pages, with who one is, what one may do, and errors as the node says them.

const ROLES = ["viewer", "operator", "admin"];

/** @typedef {{node: string, reason: string}} Failure a node that has not answered */

/** What the node refuses, in its words (RFC 9457). */
export class ApiError extends Error {
    /** @param {number} status @param {{title?: string, detail?: string, failures?: Failure[], errors?: {where: string, what: string, allowed?: string}[]}} problem */
    constructor(status, problem) {
        const first = problem.detail || problem.title || `The node answered ${status}.`;
        const wrong = (problem.errors ?? []).map(({ where, what, allowed }) => `${where === "body" ? "" : `${where}: `}${what}${allowed ? `; allowed: ${allowed}` : ""}`);
        super([first, ...wrong.filter((each) => !first.includes(each))].join("; "));
        this.status = status;
        this.title = problem.title ?? "";
        this.failures = problem.failures ?? [];
    }
}

/** Tells `signed-out` when the node does not know any more who asks. */
export const door = new EventTarget();

/** Kept here and nowhere else: gone with the page. @type {string | null} */
let proof = null;

/** @type {{name: string, role: string, proof: string} | null} */
let me = null;

/** Operations such as `GET /api/v1/clients`, with the role that each needs. @type {Map<string, string>} */
const operations = new Map();

export const whoami = () => me;

/** @param {string} user @param {string} password */
export function showPassword(user, password) {
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    proof = `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** @param {string} token */
export function showToken(token) {
    proof = `Bearer ${token}`;
}

export function signOut() {
    proof = null;
    me = null;
    door.dispatchEvent(new Event("signed-out"));
}

/** Asks who one is and what there is; fails with 401 where one has to say more. */
export async function enter() {
    try {
        me = await get("whoami", {}, { quiet: true });
    } catch (error) {
        proof = null;
        throw error;
    }
    const document_ = await get("openapi.json");
    operations.clear();
    for (const [path, methods] of Object.entries(document_.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
            operations.set(`${method.toUpperCase()} ${path.replace("/api/v1/", "")}`, operation["x-role"] ?? "admin");
        }
    }
}

/** Whether the node has an operation. @param {string} operation such as `DELETE clients/{clientId}` */
export const has = (operation) => operations.has(operation);

/** Whether the node has it and one may use it. @param {string} operation */
export const may = (operation) => ROLES.indexOf(me?.role ?? "") >= ROLES.indexOf(operations.get(operation) ?? "nobody") && has(operation);

/** What an operation needs, in words for who may not. @param {string} operation */
export const needs = (operation) => operations.get(operation) ?? "";

/**
 * One step of a path.
 *
 * @param {string} text
 */
export const step = (text) => encodeURIComponent(text);

/**
 * @param {string} method
 * @param {string} path below /api/v1/, or from the root with a slash in front
 * @param {{query?: Record<string, any>, body?: any, type?: string, signal?: AbortSignal, quiet?: boolean}} [with_] quiet: a 401 is no sign that one has been signed out
 * @returns {Promise<Response>} that is well
 */
export async function ask(method, path, with_ = {}) {
    const url = new URL(path.startsWith("/") ? path : `/api/v1/${path}`, location.origin);
    for (const [name, value] of Object.entries(with_.query ?? {})) {
        if (value !== undefined && value !== null && value !== "") {
            url.searchParams.set(name, String(value));
        }
    }
    /** @type {Record<string, string>} */
    const headers = { "X-Coppice-Request": "console" };
    if (proof) {
        headers.Authorization = proof;
    }
    let body;
    if (with_.body !== undefined) {
        headers["Content-Type"] = with_.type ?? "application/json";
        body = with_.type ? with_.body : JSON.stringify(with_.body);
    }
    let answer;
    try {
        // what the browser itself may know of passwords stays out of it
        answer = await fetch(url, { method, headers, body, signal: with_.signal, credentials: "omit", cache: "no-store" });
    } catch (fault) {
        throw fault.name === "AbortError" ? fault : new ApiError(0, { title: "No answer", detail: "The node does not answer." });
    }
    if (answer.ok) {
        return answer;
    }
    const problem = await answer.json().catch(() => ({}));
    if (answer.status === 401 && !with_.quiet) {
        signOut();
    }
    throw new ApiError(answer.status, problem);
}

/** @param {string} path @param {Record<string, any>} [query] @param {{signal?: AbortSignal, quiet?: boolean}} [more] @returns {Promise<any>} */
export async function get(path, query, more) {
    return (await ask("GET", path, { query, ...more })).json();
}

/** @param {string} method @param {string} path @param {{query?: Record<string, any>, body?: any, type?: string}} [with_] @returns {Promise<any>} */
export async function change(method, path, with_) {
    return (await ask(method, path, with_)).json();
}
