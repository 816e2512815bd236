// The chat room as a page: joining, who is here, what is said.
import { brokerUrl } from "./link.js";
import { Chat } from "./chat.js";
import { claimIdentity } from "./identity.js";

const TYPING_EVERY_MS = 2000;
const TYPING_SHOWN_MS = 3500;
const $ = (selector) => document.querySelector(selector);
const [join, talk, log, people, composer, field] = ["#join", "#talk", "#log", "#people", "#composer", "#say"].map($);

const names = new Map();
const typists = new Map();
let chat;
let identity;
let url;
let unread = 0;
let waited = 0;
let lastTyped = 0;

function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
}

/** A hue for a person, always the same. */
function hue(id) {
    return [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
}

function badge(id, name) {
    const made = element("span", "badge", [...name.trim()][0]?.toUpperCase() ?? "?");
    made.style.setProperty("--hue", hue(id));
    made.setAttribute("aria-hidden", "true");
    return made;
}

function showPeople() {
    const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
    people.replaceChildren(...sorted.map(([id, name]) => {
        const item = element("li", "", "");
        item.append(badge(id, name), element("span", "", id === identity.id ? `${name} (you)` : name));
        return item;
    }));
    $("#count").textContent = names.size === 1 ? "1 here" : `${names.size} here`;
}

function showTyping() {
    const now = Date.now();
    const typing = [...typists].filter(([id, at]) => now - at < TYPING_SHOWN_MS && names.has(id)).map(([id]) => names.get(id));
    const verb = typing.length === 1 ? "is" : "are";
    $("#typing").textContent = typing.length === 0 ? "" : `${typing.join(" and ")} ${verb} typing`;
}

function nearEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

/** Puts a line in its place by time, and keeps the end in view for who reads there. */
function place(line, at) {
    const follow = nearEnd();
    line.dataset.at = at;
    const before = [...log.children].reverse().find((it) => Number(it.dataset.at) <= at);
    log.insertBefore(line, before ? before.nextSibling : log.firstChild);
    if (follow) {
        log.scrollTop = log.scrollHeight;
    }
    $("#quiet").hidden = true;
    regroup();
}

/** A name stands over the first of several messages in a row. */
function regroup() {
    let last = "";
    for (const line of log.children) {
        const person = line.dataset.person ?? "";
        line.classList.toggle("follows", person !== "" && person === last);
        last = person;
    }
}

function note(text, at = Date.now()) {
    place(element("li", "note", text), at);
}

function said({ message, kind }) {
    const mine = message.person === identity.id;
    const line = element("li", mine ? "line mine" : "line", "");
    line.dataset.person = message.person;
    line.dataset.id = message.id;
    const time = element("time", "", new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    time.dateTime = new Date(message.at).toISOString();
    const bubble = element("div", "bubble", "");
    const words = element("div", "words", "");
    words.append(element("p", "text", message.text), time);
    bubble.append(element("p", "who", message.name), words);
    line.append(badge(message.person, message.name), bubble);
    // By arrival when live, since the clocks of two people are never the same.
    place(line, kind === "live" ? Math.max(message.at, Number(log.lastElementChild?.dataset.at ?? 0)) : message.at);
    typists.delete(message.person);
    showTyping();
    if (kind === "waited") {
        waited++;
        $("#waited").textContent = waited === 1 ? "1 message waited for you" : `${waited} messages waited for you`;
        $("#waited").hidden = false;
    }
    if (mine) {
        // What comes from the broker has arrived there.
        line.classList.add(kind === "live" ? "sending" : "sent");
    }
    if (mine && kind === "live") {
        log.scrollTop = log.scrollHeight;
    } else if (document.hidden && kind !== "history") {
        document.title = `(${++unread}) Chat · Coppice`;
    }
}

function person({ id, name }) {
    if (name === null) {
        if (names.has(id)) {
            note(`${names.get(id)} left`);
        }
        names.delete(id);
    } else {
        names.set(id, name);
    }
    showPeople();
    showTyping();
}

/** A room's name as one topic level: letters, digits and dashes. */
function slug(text) {
    return text.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "").slice(0, 40) || "lobby";
}

function enter(name, room) {
    identity.name = name;
    identity.save();
    waited = 0;
    names.clear();
    log.replaceChildren();
    $("#waited").hidden = true;
    $("#quiet").hidden = false;
    $("#room-name").textContent = room;
    history.replaceState(null, "", `?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), room })}`);
    join.hidden = true;
    talk.hidden = false;
    chat = new Chat(url, identity, room);
    $("connection-pill").hidden = false;
    $("connection-pill").watch(chat.client, url);
    chat.addEventListener("person", (event) => person(event.detail));
    chat.addEventListener("said", (event) => said(event.detail));
    chat.addEventListener("typing", (event) => {
        if (event.detail.id !== identity.id) {
            typists.set(event.detail.id, Date.now());
            showTyping();
        }
    });
    chat.addEventListener("acknowledged", (event) => {
        log.querySelector(`[data-id="${CSS.escape(event.detail.id)}"]`)?.classList.replace("sending", "sent");
    });
    showPeople();
    field.focus();
}

function leave() {
    chat.leave();
    talk.hidden = true;
    join.hidden = false;
    $("connection-pill").hidden = true;
    $("#name").focus();
}

join.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = $("#name").value.trim();
    if (name && url) {
        enter(name, slug($("#room").value));
    }
});
composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) {
        chat.say(text);
        field.value = "";
        lastTyped = 0;
    }
});
field.addEventListener("input", () => {
    if (Date.now() - lastTyped > TYPING_EVERY_MS) {
        lastTyped = Date.now();
        chat.typing();
    }
});
$("#leave").addEventListener("click", leave);
document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
        unread = 0;
        document.title = "Chat · Coppice";
    }
});
setInterval(showTyping, 1000);

$("#room").value = new URLSearchParams(location.search).get("room") ?? "lobby";
try {
    [url, identity] = await Promise.all([brokerUrl(), claimIdentity()]);
    $("#name").value = identity.name;
    $("#enter").disabled = false;
    $("#name").focus();
} catch (error) {
    $("connection-pill").hidden = false;
    $("connection-pill").show("bad", error.message);
}
