// The chat room's conversation with the broker; the page itself is in chat-page.js.
//
//   chat/<room>/people/<id>        retained: {"name"}; cleared by last will when its person goes
//   chat/<room>/said/<id>/<slot>   retained: {"id", "name", "text", "at"}; each person writes to their own 20 slots
//                                  in turn, so no two people ever overwrite each other; gone after a day
//   chat/<room>/typing/<id>        not retained, QoS 0: worth nothing a moment later
import { connect } from "./link.js";

const DAY_SECONDS = 24 * 60 * 60;
const SLOTS = 20;
/** A reload is back before anybody needs to hear of it. */
const WILL_DELAY_SECONDS = 3;

/** What JSON says, or null: anybody may publish anything here. */
function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** Events: "status" {connected}, "person" {id, name|null}, "said" {message, kind: "history"|"waited"|"live"}, "typing" {id}, "acknowledged" {id}. */
export class Chat extends EventTarget {
    #base;
    #identity;
    #seen = new Set();
    #connectedAt = Number.POSITIVE_INFINITY;

    constructor(url, identity, room) {
        super();
        this.#identity = identity;
        this.#base = `chat/${room}`;
        this.client = connect(url, {
            // One session for each person and room: what is said while they are away waits in it for a day.
            clientId: `chat-${room}-${identity.id}`,
            clean: false,
            properties: { sessionExpiryInterval: DAY_SECONDS },
            will: {
                topic: this.#topic("people", identity.id),
                payload: "",
                qos: 1,
                retain: true,
                properties: { willDelayInterval: WILL_DELAY_SECONDS },
            },
        });
        this.client.on("connect", () => this.#connected());
        this.client.on("message", (topic, payload, packet) => this.#received(topic, payload.toString(), packet.retain));
    }

    #topic(...levels) {
        return [this.#base, ...levels].join("/");
    }

    #emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    #connected() {
        this.#connectedAt = Date.now();
        // Also when the session was there: subscribing is what brings the retained messages.
        this.client.subscribe({
            [this.#topic("people", "+")]: { qos: 1 },
            [this.#topic("said", "+", "+")]: { qos: 1 },
            [this.#topic("typing", "+")]: { qos: 0 },
        });
        this.#announce();
    }

    #announce() {
        const { id, name } = this.#identity;
        this.client.publish(this.#topic("people", id), JSON.stringify({ name }), { qos: 1, retain: true });
    }

    /** Says something; shown at once, and acknowledged when the broker has it. */
    say(text) {
        const { id: person, name } = this.#identity;
        const count = this.#identity.said++;
        this.#identity.save();
        const message = { id: `${person}-${count}`, name, text, at: Date.now() };
        this.#heard(message, person, "live");
        this.client.publish(
            this.#topic("said", person, count % SLOTS),
            JSON.stringify(message),
            { qos: 1, retain: true, properties: { messageExpiryInterval: DAY_SECONDS } },
            (error) => error || this.#emit("acknowledged", { id: message.id }),
        );
    }

    typing() {
        if (this.client.connected) {
            this.client.publish(this.#topic("typing", this.#identity.id), "", { qos: 0 });
        }
    }

    /** Leaves, but keeps the session: what is said from now on waits. */
    leave() {
        const gone = this.#topic("people", this.#identity.id);
        this.client.publish(gone, "", { qos: 1, retain: true }, () => this.client.end());
    }

    #received(topic, payload, retained) {
        const [, , kind, person] = topic.split("/");
        if (kind === "typing") {
            this.#emit("typing", { id: person });
            return;
        }
        if (payload === "") {
            if (kind === "people") {
                this.#gone(person);
            }
            return;
        }
        const data = parse(payload);
        if (typeof data?.name !== "string") {
            return;
        }
        if (kind === "people") {
            this.#emit("person", { id: person, name: data.name });
        } else {
            const waited = !retained && data.at < this.#connectedAt;
            this.#heard(data, person, retained ? "history" : waited ? "waited" : "live");
        }
    }

    #heard(message, person, kind) {
        if (typeof message.text !== "string" || !Number.isFinite(message.at) || this.#seen.has(message.id)) {
            return;
        }
        this.#seen.add(message.id);
        this.#emit("said", { message: { ...message, person }, kind });
    }

    #gone(person) {
        if (person === this.#identity.id && this.client.connected && !this.client.disconnecting) {
            // The will of an earlier connection came late; this person is here.
            this.#announce();
            return;
        }
        this.#emit("person", { id: person, name: null });
    }
}
