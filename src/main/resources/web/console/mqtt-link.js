// Connections of the console to the broker's MQTT, over WebSocket. They are clients like others: the rights of clients apply.
import { get } from "./api.js";

/**
 * How one connects; remembered while the page is there, for other pages that want a connection.
 *
 * @typedef {{url: string, clientId: string, username: string, password: string, version: 5 | 4, clean: boolean}} How
 */

/** @type {{how: How | null}} */
export const last = { how: null };

/** Sixteen letters and digits by chance; crypto.randomUUID is missing on pages from plain HTTP. */
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @returns {Promise<How>} as one connects at first */
export async function usual() {
    const { webSockets } = await get("/examples/settings.json");
    const secure = location.protocol === "https:";
    const listener = webSockets.find((/** @type {any} */ each) => each.scheme === (secure ? "wss" : "ws")) ?? webSockets.find((/** @type {any} */ each) => each.scheme === "wss");
    if (!listener) {
        throw new Error(`The node that was asked has no ${secure ? "wss" : "ws"} listener; listeners.${secure ? "wss" : "ws"} opens one.`);
    }
    const host = location.hostname;
    return { url: `${listener.scheme}://${host}:${listener.port}${listener.path}`, clientId: `console-${randomId()}`, username: "", password: "", version: 5, clean: true };
}

/**
 * Connects; the promise is kept when that is done. A connection that is lost is made again until it is ended.
 *
 * @param {How} how
 * @returns {Promise<any>} a client of MQTT.js
 */
export async function connect(how) {
    const { default: mqtt } = await import("/examples/vendor/mqtt-5.16.0.esm.js");
    const client = mqtt.connect(how.url, {
        protocolVersion: how.version,
        clientId: how.clientId,
        clean: how.clean,
        ...(how.clean || how.version !== 5 ? {} : { properties: { sessionExpiryInterval: 3600 } }),
        ...(how.username ? { username: how.username, password: how.password } : {}),
        keepalive: 30,
        connectTimeout: 6000,
        reconnectPeriod: 2000,
        resubscribe: true,
    });
    return new Promise((resolve, reject) => {
        const fail = (/** @type {any} */ error) => {
            client.end(true);
            reject(error instanceof Error ? error : new Error("The broker does not answer at this address."));
        };
        client.once("connect", () => {
            client.off("error", fail);
            client.off("close", fail);
            client.on("error", () => {}); // told by close, and tried again
            last.how = how;
            resolve(client);
        });
        client.once("error", fail);
        client.once("close", fail);
    });
}

/** A second connection beside another one, for a page that only listens. @returns {Promise<any>} */
export async function listen() {
    const how = last.how ?? (await usual());
    return connect({ ...how, clientId: `console-live-${randomId()}`, clean: true });
}
