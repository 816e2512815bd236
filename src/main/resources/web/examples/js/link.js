// One MQTT connection of a page: where the broker is, and a pill that shows how the connection fares.
import mqtt from "../vendor/mqtt-5.16.0.esm.js";

/**
 * The WebSocket address of the broker: what ?broker= says, or else the listener that the admin port names,
 * on the host that the page came from.
 */
export async function brokerUrl() {
    const asked = new URLSearchParams(location.search).get("broker");
    if (asked) {
        return asked;
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const { webSockets } = await settings();
    const listener = webSockets.find((it) => it.scheme === scheme) ?? webSockets.find((it) => it.scheme === "wss");
    if (!listener) {
        throw new Error(`The broker has no ${scheme} listener for this page.`);
    }
    return `${listener.scheme}://${location.hostname}:${listener.port}${listener.path}`;
}

/** What the admin port says of its broker; where it wants to know who asks, the console's own form asks for that. */
async function settings() {
    const { ask } = await import("/console/api.js");
    const path = "/examples/settings.json";
    try {
        return await (await ask("GET", path, { quiet: true })).json();
    } catch (error) {
        if (error.status !== 401) {
            throw error;
        }
    }
    await signedIn();
    return (await ask("GET", path)).json();
}

/** Fails when the form is closed. */
async function signedIn() {
    await import("/console/parts/sign-in.js");
    const dialog = document.createElement("dialog");
    dialog.className = "card";
    dialog.setAttribute("aria-label", "Sign in");
    dialog.append(document.createElement("sign-in"));
    document.body.append(dialog);
    dialog.showModal();
    try {
        await new Promise((resolve, reject) => {
            dialog.addEventListener("entered", resolve);
            dialog.addEventListener("close", () => reject(new Error("Not signed in; load the page again to do so.")));
        });
    } finally {
        dialog.remove();
    }
}

/** Connects by MQTT 5 and keeps trying; options are those of MQTT.js. */
export function connect(url, options) {
    return mqtt.connect(url, {
        protocolVersion: 5,
        keepalive: 20,
        connectTimeout: 8000,
        reconnectPeriod: 1500,
        // A will that fires and a session that waits need the same name at every try.
        clientId: `page-${randomId()}`,
        ...options,
    });
}

/** Sixteen letters and digits by chance; crypto.randomUUID is missing on pages from plain HTTP. */
export function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** <connection-pill>: call watch(client, url) once; shows connected, connecting or what is wrong. */
class ConnectionPill extends HTMLElement {
    connectedCallback() {
        this.setAttribute("role", "status");
        this.show("busy", "Connecting");
    }

    watch(client, url) {
        this.title = url;
        client.on("connect", () => this.show("good", "Connected"));
        client.on("reconnect", () => this.show("busy", "Reconnecting"));
        client.on("close", () => this.show("bad", "No connection"));
        client.on("error", (error) => this.show("bad", error.message || "No connection"));
    }

    show(state, text) {
        this.dataset.state = state;
        const dot = document.createElement("i");
        const label = document.createElement("span");
        label.textContent = text;
        this.replaceChildren(dot, label);
    }
}
customElements.define("connection-pill", ConnectionPill);
