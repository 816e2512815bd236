// How long the console takes where there are very many clients, while messages go on.
//
//   npm ci && COPPICE_ADMIN=http://127.0.0.1:8080 CROWD=100000 node crowd.mjs
//
// Its clients are called client-000000 and so on; src/bench/admin_api.py --console makes them, and runs this.
import assert from "node:assert/strict";
import { ADMIN, browser, check, DESK, figure, heading, open, PHONE, shot } from "./harness.mjs";

const CROWD = Number(process.env.CROWD ?? 100_000);
const ROUNDS = 15;
const name = (number) => `client-${String(number).padStart(6, "0")}`;
const row = (page, text) => page.locator("tbody tr").filter({ hasText: text });

/** Milliseconds that a deed takes until what it asks for is on the page, at the median and at most. */
async function timed(what, deed) {
    const times = [];
    for (let i = 0; i < ROUNDS; i++) {
        const began = performance.now();
        await deed(i);
        times.push(Math.round(performance.now() - began));
    }
    times.sort((a, b) => a - b);
    figure(what, `${times[times.length >> 1]} ms, ${times.at(-1)} at most`);
    return times;
}

await check(`the overview is painted beside ${CROWD} clients`, async () => {
    const paints = [];
    await timed("overview, from a new page until its nodes stand", async () => {
        const page = await open(null);
        await page.goto(`${ADMIN}/`);
        await page.locator(".node").first().waitFor();
        paints.push(Math.round(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime)));
        await page.context().close();
    });
    paints.sort((a, b) => a - b);
    figure("first contentful paint", `${paints[paints.length >> 1]} ms, ${paints.at(-1)} at most`);
});

await check(`lists of ${CROWD} clients come page by page, and one is found`, async () => {
    await timed("list of clients, from a new page until its first row", async () => {
        const page = await open("/clients");
        await row(page, name(0)).waitFor();
        await page.context().close();
    });
    const page = await open("/clients");
    const asked = [];
    page.on("response", async (answer) => answer.url().includes("/api/v1/clients?") && asked.push((await answer.body()).length));
    await row(page, name(0)).waitFor();
    await timed("next page", async (i) => {
        await page.getByRole("button", { name: "Next" }).click();
        await row(page, name((i + 1) * 50)).waitFor();
    });
    const wanted = page.getByLabel("Client identifier contains");
    await timed("one of them by part of its identifier, from the last key until it stands", async (i) => {
        const number = CROWD - 1 - i * 1_237;
        await wanted.fill(`-${String(number).padStart(6, "0")}`);
        await row(page, name(number)).waitFor();
        assert.equal(await page.locator("tbody tr").count(), 1);
    });
    await wanted.fill("client-0");
    await row(page, name(0)).waitFor();
    await shot(page, "crowd-clients-desk-light");
    await timed("one client, from the list until its page stands, and back", async (i) => {
        await row(page, name(i)).getByRole("link").click();
        await page.getByText("Outlives a connection").waitFor();
        await page.goBack();
        await row(page, name(i)).waitFor();
    });
    figure("largest answer to a list", `${Math.max(...asked)} bytes before compression`);
});

for (const [size, look] of Object.entries({ desk: DESK, phone: PHONE })) {
    for (const colorScheme of ["light", "dark"]) {
        await check(`pictures, ${size} and ${colorScheme}`, async () => {
            const page = await open("/", { look: { ...look, colorScheme } });
            await heading(page, "Overview");
            await page.locator(".node").first().waitFor();
            await page.waitForTimeout(4000); // so that the plots have lines
            await shot(page, `crowd-overview-${size}-${colorScheme}`);
        });
    }
}

await browser.close();
