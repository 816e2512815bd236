// Who this tab is. A person keeps their session over a reload and a restart of the browser, and two tabs are
// two people: one client identifier must not be used twice at once, or the broker cuts the older connection.
import { randomId } from "./link.js";

const PEOPLE_MAX = 20;

function remembered(storage, key) {
    const stored = storage.getItem(key);
    const identity = stored ? JSON.parse(stored) : { id: randomId(), name: "", said: 0 };
    identity.save = () => {
        const { id, name, said } = identity;
        storage.setItem(key, JSON.stringify({ id, name, said }));
    };
    identity.save();
    return identity;
}

/** Takes a lock for the life of the page; null where another tab has it. */
function tryLock(name) {
    return new Promise((resolve) => {
        navigator.locks.request(name, { ifAvailable: true }, (lock) => {
            resolve(lock);
            return lock ? new Promise(() => {}) : undefined;
        });
    });
}

/**
 * The first identity of this browser that no other tab uses: {id, name, said, save()}, where said counts the
 * messages so far. Without locks, which browsers offer on secure pages and localhost only, it is the tab's own.
 */
export async function claimIdentity() {
    if (navigator.locks) {
        for (let i = 0; i < PEOPLE_MAX; i++) {
            if (await tryLock(`coppice-chat-${i}`)) {
                return remembered(localStorage, `coppice-chat-${i}`);
            }
        }
    }
    return remembered(sessionStorage, "coppice-chat");
}
