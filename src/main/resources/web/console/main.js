// The frame of the console: who one is, where one is, and the page for it.
import { door, enter, has, signOut, whoami } from "./api.js";
import { fill, h, sign } from "./dom.js";
import { figures } from "./figures.js";
import { fault } from "./parts/notes.js";

/**
 * @typedef {object} Entry
 * @property {string} path
 * @property {string} name
 * @property {any} sign
 * @property {string} [needs] an operation without which the page makes no sense
 * @property {string} [tag] of the element; its file is pages/…
 */

/** @type {[string, Entry[]][]} */
const MAP = [
    [
        "Watch",
        [
            { path: "/", name: "Overview", sign: "overview", tag: "overview" },
            { path: "/clients", name: "Clients", sign: "clients", tag: "clients" },
            { path: "/subscriptions", name: "Subscriptions", sign: "subscriptions", tag: "subscriptions" },
            { path: "/retained", name: "Retained", sign: "retained", tag: "retained" },
            { path: "/drops", name: "Drops", sign: "drops", tag: "drops" },
        ],
    ],
    [
        "Try and find out",
        [
            { path: "/mqtt", name: "MQTT client", sign: "mqtt", tag: "mqtt" },
            { path: "/explain", name: "Who receives?", sign: "explain", tag: "explain" },
            { path: "/traces", name: "Traces", sign: "traces", tag: "traces", needs: "GET traces" },
            { path: "/examples/", name: "Examples", sign: "examples" },
        ],
    ],
    [
        "Operate",
        [
            { path: "/bans", name: "Bans", sign: "bans", tag: "bans" },
            { path: "/configuration", name: "Configuration", sign: "configuration", tag: "configuration" },
            { path: "/logs", name: "Log levels", sign: "logs", tag: "logs" },
            { path: "/backup", name: "Backup", sign: "backup", tag: "backup" },
        ],
    ],
];

const nav = /** @type {HTMLElement} */ (document.getElementById("nav"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const menu = /** @type {HTMLElement} */ (document.querySelector(".menu"));
let ready = false;

// --- the frame

function drawNav() {
    const links = MAP.map(([group, entries]) => {
        const shown = entries.filter(({ needs }) => !needs || has(needs));
        const head = `group-${group.split(" ")[0].toLowerCase()}`;
        return [
            h("h2", { id: head }, group),
            h(
                "ul",
                { "aria-labelledby": head },
                shown.map((entry) => h("li", null, h("a", { href: entry.tag ? `#${entry.path}` : entry.path, "data-path": entry.path }, sign(entry.sign), entry.name))),
            ),
        ];
    });
    fill(nav, links);
}

function drawWho() {
    const me = whoami();
    const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const theme = h("button.icon", { type: "button" });
    const label = () => {
        fill(theme, sign(dark() ? "light" : "dark"));
        theme.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
        theme.title = theme.getAttribute("aria-label");
    };
    theme.addEventListener("click", () => {
        const next = dark() ? "light" : "dark";
        document.documentElement.dataset.theme = next;
        localStorage.setItem("coppice-theme", next);
        label();
    });
    label();
    const who = me && h("span.me", { title: `Signed in by ${me.proof}` }, h("b", null, me.name), ` ${me.role}`);
    const out = me && me.proof !== "loopback" && h("button.quiet", { type: "button", onclick: signOut }, "Sign out");
    fill(/** @type {Element} */ (document.getElementById("who")), who, out, theme);
}

function openMenu(/** @type {boolean} */ open) {
    document.body.classList.toggle("menu-open", open);
    menu.setAttribute("aria-expanded", String(open));
}
menu.addEventListener("click", () => openMenu(!document.body.classList.contains("menu-open")));
addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));

/** One sentence about the cluster, on every page. */
function drawPulse() {
    const pulse = /** @type {HTMLElement} */ (document.getElementById("pulse"));
    const { items, failures: failed, fault: trouble } = figures;
    const state = trouble ? "bad" : failed.length ? "warn" : "good";
    const text = trouble ? "No answer" : failed.length ? `${failed.length} of ${items.length + failed.length} nodes silent` : items.length === 1 ? "Live" : `${items.length} nodes`;
    if (pulse.dataset.state !== state || pulse.textContent !== text) {
        pulse.dataset.state = state;
        pulse.textContent = text;
    }
}
figures.addEventListener("change", drawPulse);

// --- where one is

/** @returns {{entry: Entry, place: import("./parts/page.js").Place}} */
function where() {
    const [path, query] = (location.hash.slice(1) || "/").split(/\?(.*)/s);
    const all = MAP.flatMap(([, entries]) => entries).filter(({ tag }) => tag);
    const entry = all.find((each) => path === each.path || (each.path !== "/" && path.startsWith(`${each.path}/`))) ?? all[0];
    let rest = path.slice(entry.path.length + 1);
    try {
        rest = decodeURIComponent(rest);
    } catch {
        // somebody has typed half an escape; it is taken as it stands
    }
    return { entry, place: { path, rest: entry.path === "/" ? "" : rest, query: new URLSearchParams(query ?? "") } };
}

let visit = 0;

async function route() {
    if (!ready || location.hash === "#main") {
        return;
    }
    const turn = ++visit;
    const { entry, place } = where();
    const tag = `page-${place.rest && entry.path === "/clients" ? "client" : entry.tag}`;
    openMenu(false);
    for (const each of nav.querySelectorAll("a")) {
        each.toggleAttribute("aria-current", each.dataset.path === entry.path);
        if (each.dataset.path === entry.path) {
            each.setAttribute("aria-current", "page");
        }
    }
    document.title = `${entry.name} · Coppice`;
    const present = /** @type {any} */ (main.firstElementChild);
    if (present?.localName === tag && present.place.path === place.path) {
        present.open(place);
        return;
    }
    try {
        await import(`./pages/${tag.slice("page-".length)}.js`);
    } catch (error) {
        if (turn === visit) {
            fill(main, fault(error));
        }
        return;
    }
    if (turn !== visit) {
        return;
    }
    const page = /** @type {any} */ (document.createElement(tag));
    main.replaceChildren(page);
    page.open(place);
    scrollTo(0, 0);
    if (turn > 1) {
        main.focus({ preventScroll: true });
    }
}
addEventListener("hashchange", route);

// --- who one is

function begin() {
    ready = true;
    document.body.classList.add("entered");
    drawNav();
    drawWho();
    figures.start();
    route();
}

async function signIn() {
    ready = false;
    visit++;
    figures.stop();
    document.body.classList.remove("entered");
    drawWho();
    nav.replaceChildren();
    await import("./parts/sign-in.js");
    main.replaceChildren(document.createElement("sign-in"));
}
main.addEventListener("entered", begin);
door.addEventListener("signed-out", signIn);

drawWho();
try {
    await enter();
    begin();
} catch (error) {
    if (error.status === 401) {
        await signIn();
    } else {
        fill(main, fault(error));
        setTimeout(() => location.reload(), 5000);
    }
}
