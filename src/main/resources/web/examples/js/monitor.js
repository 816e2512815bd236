// The temperature and humidity monitor: everything it shows comes from retained messages under home/.
import { brokerUrl, connect } from "./link.js";
import { Sensors } from "./sensors.js";
import "./plot.js";

const KINDS = ["temperature", "humidity"];
const pill = document.querySelector("connection-pill");
const grid = document.querySelector("#rooms");
const summary = document.querySelector("#summary");
const empty = document.querySelector("#empty");
const template = document.querySelector("#room");
const toggles = document.querySelectorAll(".simulate");

/** room-card by room */
const cards = new Map();
let sensors;
let client;

function title(room) {
    const words = room.replaceAll(/[-_]/g, " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How long ago, in words. */
function ago(at) {
    const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
    if (seconds < 5) {
        return "just now";
    }
    if (seconds < 90) {
        return `${seconds} s ago`;
    }
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

class RoomCard extends HTMLElement {
    /** What the sensor's status topic says; empty for a room that has none. */
    status = "";
    lastAt = 0;

    fill(room) {
        this.room = room;
        this.classList.add("card");
        this.append(template.content.cloneNode(true));
        this.querySelector("h2").textContent = title(room);
        this.querySelector(".plug").addEventListener("click", () => {
            if (sensors.has(room)) {
                sensors.cut(room);
            } else {
                sensors.plug(room);
            }
            refresh();
        });
        this.querySelector(".forget").addEventListener("click", () => forget(room));
    }

    /** A reading; at is null where nobody knows how old it is. */
    reading(kind, value, at) {
        const shown = this.querySelector(`[data-value=${kind}]`);
        shown.textContent = value.toFixed(kind === "humidity" ? 0 : 1);
        shown.closest(".measure").hidden = false;
        if (at !== null) {
            this.querySelector(`time-plot[data-kind=${kind}]`).add([[at, value]]);
            this.lastAt = Math.max(this.lastAt, at);
        }
    }

    recent(readings) {
        KINDS.forEach((kind, i) =>
            this.querySelector(`time-plot[data-kind=${kind}]`).replace(readings.map((it) => [it[0], it[i + 1]])));
    }

    refresh() {
        this.dataset.status = this.status;
        const heard = this.lastAt ? ago(this.lastAt) : "some time ago";
        const words = { online: `Online, ${heard}`, offline: `Offline, last reading ${heard}` };
        this.querySelector(".status").textContent = words[this.status] ?? `Last reading ${heard}`;
        const plug = this.querySelector(".plug");
        plug.textContent = sensors?.has(this.room) ? "Pull the plug" : "Plug it back in";
        plug.hidden = !sensors?.has(this.room) && !sensors?.wasCut(this.room);
        const online = this.status === "online";
        this.querySelector(".forget").hidden = online;
        this.querySelector(".room-foot").hidden = online && plug.hidden;
        this.querySelectorAll("time-plot").forEach((plot) => plot.render());
    }
}
customElements.define("room-card", RoomCard);

function card(room) {
    let found = cards.get(room);
    if (!found) {
        found = document.createElement("room-card");
        found.fill(room);
        cards.set(room, found);
        const after = [...cards.keys()].sort().find((it) => it > room);
        grid.insertBefore(found, after ? cards.get(after) : null);
    }
    return found;
}

/** What JSON says, or null: somebody may publish anything here by hand. */
function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** A reading: {"value": 21.4, "at": …}, or a bare number, which is quicker to type by hand. */
function show(room, kind, text, retained) {
    const data = parse(text);
    const value = data?.value ?? data;
    // A retained one without its time may be of any age.
    const at = data?.at ?? (retained ? null : Date.now());
    if (Number.isFinite(value) && (at === null || Number.isFinite(at))) {
        card(room).reading(kind, value, at);
    }
}

function received(topic, payload, { retain }) {
    const [, room, kind] = topic.split("/");
    const text = payload.toString();
    if (text === "") {
        gone(room, kind);
    } else if (kind === "status") {
        card(room).status = text;
    } else if (kind === "recent") {
        const readings = parse(text);
        if (Array.isArray(readings)) {
            card(room).recent(readings.filter((it) => Array.isArray(it) && it.length === 3 && it.every(Number.isFinite)));
        }
    } else {
        show(room, kind, text, retain);
    }
    refresh();
}

/** A retained message was cleared: a room whose status goes is forgotten. */
function gone(room, kind) {
    if (kind === "status" && cards.has(room)) {
        cards.get(room).remove();
        cards.delete(room);
        refresh();
    }
}

function forget(room) {
    for (const kind of [...KINDS, "recent", "status"]) {
        client.publish(`home/${room}/${kind}`, "", { qos: 1, retain: true });
    }
}

function refresh() {
    const all = [...cards.values()];
    all.forEach((it) => it.refresh());
    const online = all.filter((it) => it.status === "online").length;
    const rooms = all.length === 1 ? "1 room" : `${all.length} rooms`;
    summary.textContent = all.length === 0 ? "" : `${rooms}, ${online} online`;
    empty.hidden = all.length > 0;
    toggles.forEach((it) => {
        it.textContent = sensors?.any ? "Stop the sensors of this page" : "Simulate sensors in this browser";
        it.classList.toggle("primary", all.length === 0);
    });
}

toggles.forEach((it) =>
    it.addEventListener("click", () => {
        if (sensors.any) {
            sensors.stop();
        } else {
            sensors.start();
        }
        refresh();
    }));

try {
    const url = await brokerUrl();
    sensors = new Sensors(url);
    client = connect(url, {});
    pill.watch(client, url);
    client.on("message", received);
    client.on("connect", () => client.subscribe(["home/+/status", "home/+/temperature", "home/+/humidity", "home/+/recent"], { qos: 1 }));
    toggles.forEach((it) => (it.disabled = false));
    setInterval(refresh, 1000);
} catch (error) {
    pill.show("bad", error.message);
}
