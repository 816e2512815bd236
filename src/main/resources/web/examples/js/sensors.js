// Sensors played by this page. Each is a client of its own, so that its last will tells of it alone.
import { connect } from "./link.js";

const EVERY_MS = 2000;
const RECENT_MAX = 150;
const READINGS_PER_RECENT = 5;

/**
 * room: temperature in °C and humidity in % around which it moves, and where in its wave it begins: the same
 * for everybody, so that two who play one sensor agree.
 */
const ROOMS = {
    bedroom: [18.5, 52, 0.4],
    greenhouse: [26, 74, 2.1],
    kitchen: [22.5, 47, 3.7],
    "living-room": [21, 43, 5.2],
};

class Sensor {
    #client;
    #timer;
    #recent = [];
    #readings = 0;

    /** @param pastMs for how long the sensor plays to have been at it already */
    constructor(url, room, pastMs) {
        this.room = room;
        const now = Date.now();
        for (let at = now - pastMs; at < now; at += EVERY_MS) {
            this.#recent.push(this.#measure(at));
        }
        this.#client = connect(url, {
            will: { topic: this.#topic("status"), payload: "offline", qos: 1, retain: true },
        });
        this.#client.on("connect", () => this.#publish("status", "online", 1));
        this.#timer = setInterval(() => this.#read(), EVERY_MS);
        this.#client.once("connect", () => this.#read());
    }

    /** Says good-bye and leaves: a clean DISCONNECT suppresses the last will. */
    stop() {
        clearInterval(this.#timer);
        this.#client.publish(this.#topic("status"), "offline", { qos: 1, retain: true }, () => this.#client.end());
    }

    /** Cuts the connection without a word, so that the broker publishes the last will. */
    cut() {
        clearInterval(this.#timer);
        this.#client.end(true);
    }

    #topic(kind) {
        return `home/${this.room}/${kind}`;
    }

    #publish(kind, payload, qos = 0) {
        this.#client.publish(this.#topic(kind), payload, { qos, retain: true });
    }

    /** A time in milliseconds since the epoch, and the temperature and the humidity at it. */
    #measure(at) {
        const [temperature, humidity, phase] = ROOMS[this.room];
        const wave = Math.sin(at / 45_000 + phase) + 0.4 * Math.sin(at / 17_000);
        return [
            at,
            Number((temperature + 0.8 * wave + (Math.random() - 0.5) * 0.12).toFixed(2)),
            Number((humidity - 3 * wave + (Math.random() - 0.5) * 0.6).toFixed(1)),
        ];
    }

    #read() {
        if (!this.#client.connected) {
            return;
        }
        const reading = this.#measure(Date.now());
        const at = reading[0];
        this.#publish("temperature", JSON.stringify({ value: reading[1], at }));
        this.#publish("humidity", JSON.stringify({ value: reading[2], at }));
        this.#recent.push(reading);
        this.#recent.splice(0, this.#recent.length - RECENT_MAX);
        if (this.#readings++ % READINGS_PER_RECENT === 0) {
            this.#publish("recent", JSON.stringify(this.#recent));
        }
    }
}

/** The sensors that run in this page, by room. */
export class Sensors {
    #url;
    #running = new Map();
    #cut = new Set();

    constructor(url) {
        this.#url = url;
    }

    get any() {
        return this.#running.size > 0;
    }

    has(room) {
        return this.#running.has(room);
    }

    /** Whether this page pulled the sensor's plug. */
    wasCut(room) {
        return this.#cut.has(room);
    }

    start() {
        Object.keys(ROOMS).forEach((room) => this.#start(room, RECENT_MAX * EVERY_MS));
    }

    /** Starts one sensor again; while it had no power, it measured nothing. */
    plug(room) {
        this.#start(room, 0);
    }

    #start(room, pastMs) {
        this.#cut.delete(room);
        if (!this.#running.has(room)) {
            this.#running.set(room, new Sensor(this.#url, room, pastMs));
        }
    }

    stop() {
        for (const sensor of this.#running.values()) {
            sensor.stop();
        }
        this.#running.clear();
        this.#cut.clear();
    }

    cut(room) {
        this.#running.get(room)?.cut();
        this.#running.delete(room);
        this.#cut.add(room);
    }
}
