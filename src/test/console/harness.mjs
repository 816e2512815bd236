// What the checks of the console share: a browser, pages that complain aloud, and a report of what was seen.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const ADMIN = process.env.COPPICE_ADMIN ?? "http://127.0.0.1:8080";
const OUT = process.env.CONSOLE_OUT ?? "target/console";
const QUIET = ["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESK = { viewport: { width: 1360, height: 860 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

mkdirSync(OUT, { recursive: true });
writeFileSync(`${OUT}/report.jsonl`, "");

// Chromium's sandbox does not work for root, as in most containers.
const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...QUIET, ...sandbox] });

/** What pages complained of since the check began: a broken script, a refused resource, a violated policy. */
const complaints = [];

/** A page of a context of its own, at a page of the console unless that is null. Complaints that a check expects are those that match. */
export async function open(path = "/", { look = { ...DESK, colorScheme: "light" }, admin = ADMIN, expected = /$^/, ...more } = {}) {
    const context = await browser.newContext({ ...look, ...more });
    const page = await context.newPage();
    const complain = (text) => expected.test(text) || complaints.push(text);
    page.on("pageerror", (error) => complain(`${error.message}\n${error.stack}`));
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(`${message.text()} (${message.location().url})`));
    page.setDefaultTimeout(20_000);
    if (path !== null) {
        await page.goto(`${admin}/#${path}`);
    }
    return page;
}

export const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** Goes to another page of the console by its address. */
export async function visit(page, path) {
    await page.evaluate((to) => {
        location.hash = to;
    }, path);
}

/** Waits until what is asked comes true; what it gives is given. */
export async function eventually(ask, what = "it", millis = 20_000) {
    const end = Date.now() + millis;
    for (;;) {
        const found = await ask();
        if (found) {
            return found;
        }
        assert.ok(Date.now() < end, `${what} did not come true`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** Asks the API as the script of a page of this port would, from here. */
export async function api(method, path, body, admin = ADMIN) {
    const answer = await fetch(`${admin}/api/v1/${path}`, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
}

/** That axe-core finds nothing serious, and nothing sticks out sideways. */
export async function accessible(page, where) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical" || impact === "moderate");
    assert.deepEqual(grave.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`), []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${where}: something sticks out sideways`);
}

export const shot = (page, name) => page.screenshot({ path: `${OUT}/${name}.png`, fullPage: true, animations: "disabled" });

export function figure(name, value) {
    appendFileSync(`${OUT}/figures.jsonl`, `${JSON.stringify({ name, value })}\n`);
    console.log(`   ${name}: ${value}`);
}

/** Runs a check; what it and its pages complain of goes into the report. */
export async function check(name, deed) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) {
        return;
    }
    complaints.length = 0;
    const began = Date.now();
    let fault = null;
    try {
        await deed();
        assert.deepEqual(complaints, [], "pages complained");
    } catch (error) {
        fault = `${error.stack ?? error}${complaints.length ? `\npages complained: ${complaints.join("\n")}` : ""}`;
        process.exitCode = 1;
        const page = browser.contexts().at(-1)?.pages()[0];
        await page?.screenshot({ path: `${OUT}/failed.png`, fullPage: true }).catch(() => {});
    }
    for (const context of browser.contexts()) {
        for (const page of context.pages()) {
            await page.unrouteAll({ behavior: "ignoreErrors" });
        }
        await context.close();
    }
    console.log(`${fault ? "FAILED" : "ok"} ${name} (${Date.now() - began} ms)${fault ? `\n${fault}` : ""}`);
    appendFileSync(`${OUT}/report.jsonl`, `${JSON.stringify({ name, fault })}\n`);
}
