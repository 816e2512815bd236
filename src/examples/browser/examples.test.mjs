// Clicks through the example pages of a running broker as two people would.
//
//   npm install && npm test
//
// COPPICE_ADMIN is the address of the admin port (http://127.0.0.1:8080), CHROMIUM the browser
// (/usr/bin/chromium). SHOTS names a folder for pictures of what was seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const ADMIN = process.env.COPPICE_ADMIN ?? "http://127.0.0.1:8080";
const DESK = { viewport: { width: 1280, height: 820 }, colorScheme: "light" };
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: "dark", deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let browser;
/** What pages complained of: a broken script or a refused resource fails the test that caused it. */
const complaints = [];

before(async () => {
    // Chromium's sandbox does not work for root, as in most containers.
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...QUIET, ...sandbox] });
});

after(() => browser?.close());

async function open(context, path) {
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(ADMIN + path);
    return page;
}

const sees = (page, text) => page.getByText(text, { exact: false }).first().waitFor();
const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });

async function fits(page) {
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, "nothing sticks out sideways");
    assert.deepEqual(complaints, []);
}

test("the pages lead to one another", async () => {
    const page = await open(await browser.newContext(PHONE), "/");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Examples" }).click();
    await shot(page, "examples");
    await fits(page);
    await page.getByRole("link", { name: "Chat room" }).click();
    await page.waitForURL("**/chat.html");
});

test("a monitor that opens has the last values at once, and hears of a pulled plug", async () => {
    const desk = await open(await browser.newContext(DESK), "/examples/monitor.html");
    await desk.click("text=Simulate sensors in this browser");
    const kitchen = desk.locator("room-card", { hasText: "Kitchen" });
    await kitchen.getByText("Online").waitFor();

    const phone = await open(await browser.newContext(PHONE), "/examples/monitor.html");
    const there = phone.locator("room-card", { hasText: "Kitchen" });
    await there.locator("time-plot .line").first().waitFor();
    assert.match(await there.locator("[data-value=temperature]").innerText(), /^\d\d\.\d$/);
    assert.match(await there.locator("time-plot").first().getAttribute("aria-label"), /°C in the last five minutes/);
    await shot(desk, "monitor-desk");
    await shot(phone, "monitor-phone");

    await kitchen.getByText("Pull the plug").click();
    await there.getByText("Offline").waitFor();
    await there.getByText("Forget").waitFor();
    await kitchen.getByText("Plug it back in").click();
    await there.getByText("Online").waitFor();

    await there.locator("time-plot").first().focus();
    await phone.keyboard.press("ArrowLeft");
    await there.locator(".tip-text").waitFor();
    await desk.click("text=Stop the sensors of this page");
    for (const room of ["Bedroom", "Greenhouse", "Kitchen", "Living room"]) {
        const card = phone.locator("room-card", { hasText: room });
        await card.getByText("Offline").waitFor();
        await card.getByText("Forget").click();
        await card.waitFor({ state: "detached" });
    }
    await fits(desk);
    await fits(phone);
});

test("two people chat, one goes and comes back to what was said", async () => {
    const room = `test-${Date.now()}`;
    const path = `/examples/chat.html?room=${room}`;
    async function enter(context, name) {
        const page = await open(context, path);
        await page.waitForSelector("#enter:enabled");
        await page.fill("#name", name);
        await page.keyboard.press("Enter");
        await page.waitForSelector("connection-pill[data-state=good]");
        return page;
    }
    async function say(page, text) {
        await page.fill("#say", text);
        await page.keyboard.press("Enter");
        await page.locator(".line.sent", { hasText: text }).waitFor();
    }
    const home = await browser.newContext(DESK);
    const away = await browser.newContext(PHONE);

    const north = await enter(home, "North");
    await say(north, "Is anybody here?");
    let south = await enter(away, "South");
    await sees(south, "Is anybody here?");
    await say(south, "I am, and I can read what was said before.");
    await sees(north, "I am, and I can read");
    await south.locator("#say").pressSequentially("so");
    await sees(north, "South is typing");

    await south.close();
    await sees(north, "South left");
    await say(north, "South will find this later.");
    await say(north, "And this.");
    south = await enter(away, "South");
    await sees(south, "2 messages waited for you");
    assert.deepEqual(await south.locator(".line .text").allInnerTexts(), [
        "Is anybody here?",
        "I am, and I can read what was said before.",
        "South will find this later.",
        "And this.",
    ]);
    await shot(north, "chat-desk");
    await shot(south, "chat-phone");

    // A second window of the same browser is a third person, and cuts nobody off.
    const third = await enter(home, "East");
    await sees(north, "3 here");
    await third.click("text=Leave");
    await sees(north, "East left");
    await north.waitForSelector("connection-pill[data-state=good]");
    await fits(north);
    await fits(south);
});
