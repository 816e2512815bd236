// Uses the console as operators would, and looks at what becomes of it.
//
//   npm ci && COPPICE_ADMIN=http://127.0.0.1:8080 node console.mjs
//
// io.coppice.it.cluster.ConsoleIT starts the nodes and clients that it is about: three nodes whom nobody has to tell who they are,
// and one (CONSOLE_GUARDED, with CONSOLE_PASSWORD and CONSOLE_TOKEN) that wants to know. ONLY runs the checks whose name has that.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { accessible, ADMIN, api, browser, check, DESK, eventually, figure, heading, open, PHONE, shot, visit } from "./harness.mjs";

const EVIL = process.env.CONSOLE_EVIL ?? '<img src=x onerror="window.hit=1">\u001b[31m';
const GUARDED = process.env.CONSOLE_GUARDED;
const PASSWORD = process.env.CONSOLE_PASSWORD ?? "";

const row = (page, text) => page.getByRole("row").filter({ hasText: text });
const button = (page, name, exact = true) => page.getByRole("button", { name, exact });
const said = (page, text) => page.locator(".note", { hasText: text }).first().waitFor();

// --- how fast, and how heavy

await check("the first page is painted within a second, in less than 300 KiB", async () => {
    const paints = [];
    for (let i = 0; i < 3; i++) {
        const page = await open(null);
        const session = await page.context().newCDPSession(page);
        await session.send("Network.enable");
        let bytes = 0;
        session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
        await page.goto(`${ADMIN}/`);
        await page.locator(".tile").first().waitFor();
        await page.locator(".node").first().waitFor();
        paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
        figure("bytes transferred until the overview stands", bytes);
        assert.ok(bytes > 10_000 && bytes < 300 * 1024, `${bytes} bytes`);
        await page.context().close();
    }
    figure("first contentful paint, ms", paints.map(Math.round).join(", "));
    // of three, since the machine has other things to do
    assert.ok(Math.min(...paints) < 1000, `${paints} ms`);
});

await check("a second visit transfers next to nothing of the files", async () => {
    const page = await open("/");
    await page.locator(".tile").first().waitFor();
    const files = [];
    page.on("response", (answer) => new URL(answer.url()).pathname.startsWith("/console/") && files.push(answer.status()));
    await page.reload();
    await page.locator(".tile").first().waitFor();
    assert.ok(files.length > 5 && files.every((status) => status === 304 || status === 200), `${files}`);
});

// --- what it looks like, to eyes and to programs that read aloud

const followed = (await api("POST", "traces", { topic: "home/kitchen/temperature", seconds: 300 })).body;

const PAGES = {
    overview: ["/", async (page) => page.locator(".node").nth(2).waitFor()],
    clients: ["/clients?contains=panel", async (page) => row(page, "panel-00").waitFor()],
    client: ["/clients/panel-00", async (page) => page.getByText("Outlives a connection").waitFor()],
    subscriptions: ["/subscriptions?filter=home/%23", async (page) => row(page, "panel-00").first().waitFor()],
    explain: ["/explain?topic=home/kitchen/temperature&client=sensor-0", async (page) => row(page, "panel-00").first().waitFor()],
    retained: [
        "/retained",
        async (page) => {
            await page.locator(".level", { hasText: /^home$/ }).click();
            await page.locator(".level", { hasText: /^kitchen$/ }).click();
            await page.locator(".level", { hasText: /^temperature$/ }).click();
            await page.getByText("when you looked").waitFor();
        },
    ],
    drops: ["/drops", async (page) => row(page, "no subscribers").waitFor()],
    mqtt: [
        "/mqtt",
        async (page) => {
            await page.getByText("connected as").waitFor();
            await button(page, "Subscribe").click();
            await page.locator(".stream .name").nth(3).waitFor();
        },
    ],
    bans: ["/bans", async (page) => page.getByRole("cell").first().waitFor()],
    configuration: ["/configuration?find=limits.queue", async (page) => row(page, "limits.queue").first().waitFor()],
    logs: ["/logs", async (page) => row(page, "broker").waitFor()],
    backup: ["/backup", async (page) => heading(page, "Backup")],
    traces: ["/traces", async (page) => row(page, "home/kitchen/temperature").waitFor()],
    trace: [`/traces/${followed.id}`, async (page) => row(page, "sent PUBLISH").first().waitFor()],
    where: ["/traces?topic=home/kitchen/temperature", async (page) => row(page, "sent PUBLISH").first().waitFor()],
};

for (const [size, look] of Object.entries({ desk: DESK, phone: PHONE })) {
    for (const colorScheme of ["light", "dark"]) {
        await check(`every page stands, ${size} and ${colorScheme}, and axe-core finds no fault`, async () => {
            for (const [name, [path, ready]] of Object.entries(PAGES)) {
                const page = await open(path, { look: { ...look, colorScheme } });
                await ready(page);
                if (name === "overview") {
                    await eventually(() => page.locator("live-plot path.line").first().getAttribute("d").then((d) => d.includes("L")), "a line");
                }
                await accessible(page, `${name} ${size} ${colorScheme}`);
                await shot(page, `${name}-${size}-${colorScheme}`);
                await page.context().close();
            }
        });
    }
}

await api("DELETE", `traces/${followed.id}`);

await check("the switch between light and dark holds over a reload", async () => {
    const page = await open("/", { look: { ...DESK, colorScheme: "light" } });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await heading(page, "Overview");
    const light = await ground();
    await button(page, "Use dark colours").click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await heading(page, "Overview");
    assert.equal(await ground(), dark);
});

await check("everything is reached by keyboard", async () => {
    const page = await open("/");
    await page.locator(".tile").first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    for (let i = 0; i < 12 && (await page.evaluate(() => document.activeElement.textContent)) !== "Retained"; i++) {
        await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await heading(page, "Retained");
    await page.locator("[role=treeitem][tabindex='0']").focus();
    await page.locator(".level", { hasText: /^home$/ }).waitFor();
    const here = () => page.evaluate(() => document.activeElement.dataset.topic);
    for (let i = 0; i < 10 && (await here()) !== "home"; i++) {
        await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("ArrowRight");
    await page.locator("[data-topic='home/kitchen']").waitFor();
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^home\//);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("[data-topic='home/kitchen']").count(), 0);
});

// --- watching

await check("the overview shows nodes, rates and times of all three nodes", async () => {
    const page = await open("/");
    await page.getByText("3 of 3 nodes · in quorum · routes in step").waitFor();
    assert.equal(await page.locator(".node").count(), 3);
    const tile = (name) => page.locator(".tile", { hasText: name }).locator("b").innerText();
    await eventually(async () => Number((await tile("In, messages/s")).replace(/\D/g, "")) > 0, "a rate");
    await eventually(async () => /p99\s*[\d.]+ (µs|ms|s)/.test(await page.locator("live-plot").nth(1).innerText()), "a p99");
    const plot = page.getByRole("img", { name: /^Messages per second/ });
    await plot.focus();
    await eventually(async () => {
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("ArrowLeft");
        return /at \d\d:\d\d:\d\d: in [\d.,K]+, out/.test(await plot.getAttribute("aria-label"));
    }, "a moment that was");
});

await check("nodes that have not answered are named", async () => {
    const page = await open("/");
    await page.route("**/api/v1/nodes", async (route) => {
        const answer = await route.fetch();
        const body = await answer.json();
        body.failures.push({ node: body.items.pop().node, reason: "no answer within 3 s" });
        await route.fulfill({ response: answer, json: body });
    });
    await page.getByText("One node has not answered").waitFor();
    await page.getByText("(no answer within 3 s)").waitFor();
});

await check("clients are found by the node, and come page by page", async () => {
    const page = await open("/clients");
    const asked = [];
    page.on("request", (request) => request.url().includes("/api/v1/clients?") && asked.push(new URL(request.url()).searchParams));
    await page.getByLabel("Client identifier contains").fill("crowd-");
    await eventually(async () => (await page.locator("tbody tr").count()) === 50 && (await page.locator("tbody tr").first().innerText()).includes("crowd-000"), "the first page");
    await button(page, "Next").click();
    await row(page, "crowd-050").waitFor();
    await button(page, "Next").click();
    await row(page, "crowd-119").waitFor();
    assert.equal(await button(page, "Next").isDisabled(), true);
    await button(page, "Previous").click();
    await row(page, "crowd-050").waitFor();
    assert.ok(asked.length > 0 && asked.every((query) => query.get("limit") === "50"));
    await page.getByLabel("Client identifier contains").fill("nobody-is-called-so");
    await page.getByText("No client is like that.").waitFor();
});

await check("what clients call themselves, and say, stays text", async () => {
    const page = await open("/clients?contains=img", { expected: /404/ });
    await page.getByRole("link", { name: "<img src=x onerror" }).click();
    await page.getByText("Outlives a connection").waitFor();
    const heard = async () => {
        assert.equal(await page.evaluate(() => window.hit), undefined);
        assert.equal(await page.locator("main img").count(), 0);
    };
    assert.match(await page.locator("h1").innerText(), /<img src=x onerror="window\.hit=1">\\x1b\[31m/);
    await heard();
    await row(page, "evil/<b>").first().waitFor();
    for (const path of ["/subscriptions", `/explain?topic=${encodeURIComponent("evil/<b>x</b>/y")}`]) {
        await visit(page, path);
        await row(page, "<img src=x").first().waitFor();
        await heard();
    }
    await visit(page, "/retained?prefix=evil/");
    await page.locator(".level", { hasText: "<img" }).click();
    await page.getByText("when you looked").waitFor();
    assert.match(await page.locator("pre.payload").first().innerText(), /<img src=x onerror="window\.hit=1">\\x1b/);
    await heard();
    await visit(page, "/mqtt");
    await page.getByLabel("Topic filter").fill("evil/#");
    await button(page, "Subscribe").click();
    await page.locator(".stream .text", { hasText: "<img" }).waitFor();
    await heard();
    await visit(page, `/mqtt?<img src=x onerror="window.hit=1">`);
    await visit(page, `/clients/${encodeURIComponent('"><img src=x onerror="window.hit=1">')}`);
    await page.getByRole("alert").waitFor();
    await heard();
});

// --- doing

await check("a client is disconnected, subscribed, banned, and its session ended", async () => {
    const page = await open("/clients/victim", { expected: /404/ });
    await button(page, "Subscribe…").click();
    await page.getByLabel("Topic filter").fill("given/+");
    await page.getByRole("dialog").getByRole("button", { name: "Subscribe" }).click();
    await said(page, "Subscribed to given/+");
    await row(page, "given/+").waitFor();
    assert.equal((await api("GET", "subscriptions?filter=given/%2B")).body.items[0].clientId, "victim");
    await button(page, "Unsubscribe from given/+").click();
    await button(page, "Unsubscribe").click();
    await said(page, "Unsubscribed from given/+");
    assert.equal((await api("GET", "subscriptions?filter=given/%2B")).body.items.length, 0);

    await button(page, "Look at them").click();
    await page.getByRole("heading", { name: "In flight" }).waitFor();

    await button(page, "Disconnect…").click();
    await accessible(page, "a dialog");
    await button(page, "Cancel").click();
    assert.equal((await api("GET", "clients/victim")).body.connected, true);
    await button(page, "Disconnect…").click();
    await button(page, "Disconnect").click();
    await said(page, "victim was disconnected");
    await eventually(async () => !(await api("GET", "clients/victim")).body.connected, "the end of its connection");

    await button(page, "Ban…").click();
    await page.getByLabel("Why").fill("it was a test");
    await button(page, "Ban").click();
    await said(page, "victim is banned");
    await button(page, "End session…").click();
    await button(page, "End session").click();
    await heading(page, "Clients");
    assert.equal((await api("GET", "clients/victim")).status, 404);

    await visit(page, "/bans");
    await row(page, "it was a test").waitFor();
    await button(page, "Lift the ban of victim").click();
    await button(page, "Lift").click();
    await page.getByText("Nobody is banned.").waitFor();
});

await check("who would receive is told, and who may not", async () => {
    const page = await open("/explain");
    await page.getByLabel("Topic").fill("home/kitchen/temperature");
    await button(page, "Explain").click();
    await row(page, "panel-00").getByText("receives it").first().waitFor();
    await page.getByText("A message is retained for this topic").waitFor();
    await page.getByLabel("Topic").fill("nobody/wants/this");
    await button(page, "Explain").click();
    await page.getByText("No subscription matches.").waitFor();
});

await check("what is retained is a tree with live values, and is purged after a look", async () => {
    for (let i = 0; i < 450; i++) {
        await api("POST", "publish", { topic: `shelf/a/${String(i).padStart(3, "0")}`, payload: "x", retain: true });
    }
    await api("POST", "publish", { topic: "shelf/b/1", payload: "y", retain: true });
    const page = await open("/retained");
    const asked = [];
    page.on("request", (request) => request.url().includes("/api/v1/retained?") && asked.push(request.url()));
    await page.locator(".level", { hasText: /^shelf$/ }).click();
    await page.locator("[data-topic='shelf/b']").waitFor();
    assert.equal(asked.length, 4, "a branch of 450 topics is passed over, at the root and below");
    await page.locator("[data-topic='shelf/a'] .level").first().click();
    await page.getByRole("treeitem", { name: "More…" }).click();
    await page.locator("[data-topic='shelf/a/399']").waitFor();
    await page.getByRole("treeitem", { name: "More…" }).click();
    await page.locator("[data-topic='shelf/a/449']").waitFor();

    await page.locator(".level", { hasText: /^home$/ }).click();
    await page.locator("[data-topic='home/kitchen'] .level").click();
    await button(page, "Live values").click();
    await page.locator("[data-topic='home/kitchen/temperature'] .spark").waitFor();
    await page.locator("[data-topic='home/kitchen/temperature'] .level").click();
    await page.locator(".aside live-plot path.line").waitFor();

    await button(page, "Purge…").click();
    await page.getByLabel("Topic filter").fill("shelf/#");
    await button(page, "Find them").click();
    await page.getByRole("heading", { name: "Clear 451 topics?" }).waitFor();
    assert.equal((await api("GET", "retained?prefix=shelf/&limit=1000")).body.items.length, 451, "a look clears nothing");
    await button(page, "Clear 451").click();
    await said(page, "451 topics are cleared");
    assert.equal((await api("GET", "retained?prefix=shelf/")).body.items.length, 0);
});

await check("the MQTT client publishes and receives, with all properties", async () => {
    const page = await open("/mqtt");
    await page.getByText("connected as console-").waitFor();
    await page.getByLabel("Topic filter").fill("browser/#");
    await button(page, "Subscribe").click();
    await page.locator(".chip", { hasText: "browser/#" }).waitFor();
    await page.getByLabel("Topic", { exact: true }).fill("browser/hello");
    await page.getByLabel("Payload").fill('{"said":"hello"}');
    await page.getByText("Properties of MQTT 5").click();
    await page.getByLabel("Content type").fill("application/json");
    await page.getByLabel("User properties").fill("from=console\nkey=a=b");
    await page.getByLabel("Retain").check();
    await button(page, "Publish").click();
    const entry = page.locator(".stream li", { hasText: "browser/hello" });
    await entry.getByText('"said": "hello"').waitFor();
    for (const text of ["QoS 1", "content type application/json", "from=console", "key=a=b"]) {
        await entry.getByText(text).waitFor();
    }
    await button(page, "Unsubscribe from browser/#").click();
    await eventually(async () => (await page.locator(".chip").count()) === 0, "the end of the subscription");
    const kept = (await api("GET", "retained/browser%2Fhello")).body;
    assert.equal(kept.payload, '{"said":"hello"}');
    assert.match(kept.publisher, /^console-/);
});

await check("a level of the log is changed on one node", async () => {
    const page = await open("/logs");
    await page.getByLabel("storage on n1").selectOption("debug");
    await said(page, "storage: debug on n1");
    const levels = Object.fromEntries((await api("GET", "log-levels")).body.items.map((each) => [each.node, each.levels.find(({ part }) => part === "storage").level]));
    assert.equal(levels.n1, "debug");
    await page.getByLabel("storage on n1").selectOption("default");
    await said(page, "storage: default on n1");
});

await check("the configuration tells where each value comes from", async () => {
    const page = await open("/configuration");
    await page.getByLabel("Only what differs").check();
    await row(page, "cluster.mode").getByRole("cell", { name: "--set", exact: true }).waitFor();
    await page.getByLabel("Node").selectOption("n2");
    await eventually(async () => (await row(page, "node.name").innerText()).includes("n2"), "the configuration of n2");
});

await check("a live key is changed on all nodes, and what it may not be is told", async () => {
    const page = await open("/configuration?find=limits.connections-max", { expected: /400/ });
    const before = await row(page, "limits.connections-max").first().locator("code").nth(1).innerText();
    const change = async (value) => {
        await button(page, "Change limits.connections-max").click();
        await page.getByLabel("Value").fill(value);
        await button(page, "Change").click();
    };
    await change("some");
    await said(page, /limits\.connections-max: some .* is not allowed; allowed: a whole number/);
    await change("7777");
    await said(page, "limits.connections-max is 7777 now");
    await row(page, "7777").waitFor();
    for (const node of ["n0", "n1", "n2"]) {
        const { settings } = (await api("GET", `config?node=${node}`)).body;
        assert.equal(settings.find(({ key }) => key === "limits.connections-max").value, "7777", node);
    }
    await change(before);
    await said(page, `limits.connections-max is ${before} now`);
});

await check("an export is downloaded, and is whole", async () => {
    const page = await open("/backup");
    const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download").click()]);
    const lines = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.at(-1).kind, "trailer");
    await page.getByText(", complete").waitFor();
});

// --- following

await check("a trace of a topic is started, followed and ended, and tells where a message went", async () => {
    const page = await open("/", { expected: /400/ });
    await page.getByRole("link", { name: "Traces" }).click();
    await page.getByText("There are no traces.").waitFor();
    await button(page, "Start a trace…").click();
    await page.getByLabel("Which").fill("lamp");
    await page.getByLabel("For how many seconds").fill("999999");
    await button(page, "Start").click();
    await said(page, /seconds: 999999 is .*; allowed: integer 1 to 604800$/);
    await button(page, "Start a trace…").click();
    await page.getByLabel("Of a").selectOption("topic");
    await page.getByLabel("Which").fill("home/kitchen/temperature");
    await button(page, "Start").click();
    for (const event of ["received PUBLISH", "matched", "forwarded", "arrived", "sent PUBLISH"]) {
        await row(page, event).first().waitFor();
    }
    await page.getByText(/^\d+ events$/).waitFor();
    await page.getByText(/live for \d+ s more/).waitFor();

    await row(page, "arrived").first().getByRole("link", { name: /^[0-9a-f]{8}$/ }).click();
    await heading(page, "Where did it go?");
    await row(page, "received PUBLISH").filter({ hasText: "sensor-0" }).filter({ hasText: "n1" }).waitFor();
    await row(page, "forwarded").filter({ hasText: "node n0" }).waitFor();
    await row(page, "sent PUBLISH").filter({ hasText: "panel-00" }).filter({ hasText: "n0" }).first().waitFor();
    await page.goBack();
    await button(page, "End…").click();
    await button(page, "End").click();
    await page.getByText("There are no traces.").waitFor();
});

await check("a trace of a client tells what became of its messages that nobody got", async () => {
    const page = await open("/traces");
    await button(page, "Start a trace…").click();
    await page.getByLabel("Which").fill("sensor-0");
    await button(page, "Start").click();
    await row(page, "dropped").filter({ hasText: "nobody/listens" }).filter({ hasText: "no subscribers" }).first().waitFor();
    const then = Date.parse((await api("GET", "messages?topic=nobody/listens&limit=1")).body.items[0].time);
    await visit(page, "/traces");
    for (const [time, found] of [["", true], [then, true], [then - 3_600_000, false]]) {
        await page.getByLabel("Topic").fill("nobody/listens");
        await page.getByLabel("Publisher").fill("sensor-0");
        await page.getByLabel("When, about").fill(time && new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 19));
        await button(page, "Look").click();
        await heading(page, "Where did it go?");
        await (found ? row(page, "no subscribers").first() : page.getByText("No trace has noted such a message.")).waitFor();
        await page.goBack();
        await heading(page, "Traces");
    }
    await button(page, "End…").click();
    await button(page, "End").click();
    await page.getByText("There are no traces.").waitFor();
});

// --- the last, since it takes clients from their node

await check("a node is drained, and lets clients in again", async () => {
    const page = await open("/");
    const node = page.locator(".node", { hasText: "n2" });
    await node.getByRole("button", { name: "Drain…" }).click();
    await button(page, "Drain").click();
    await node.getByText("draining").waitFor();
    assert.equal((await api("GET", "nodes/n2/drain")).body.draining, true);
    await node.getByRole("button", { name: "Let clients in again" }).click();
    await node.getByText("ready").waitFor();
    assert.equal((await api("GET", "nodes/n2/drain")).body.draining, false);
});

// --- who one is

if (GUARDED) {
    await check("one signs in with a password, may what the role may, and signs out without a trace", async () => {
        const page = await open("/", { admin: GUARDED, expected: /401/ });
        await heading(page, "Sign in");
        await accessible(page, "sign in");
        await shot(page, "sign-in-desk-light");
        await page.getByLabel("User").fill("viewer");
        await page.getByLabel("Password").fill("wrong");
        await button(page, "Sign in").first().click();
        await page.getByText("the user or the password is wrong").waitFor();
        await eventually(async () => {
            await page.getByLabel("Password").fill(PASSWORD);
            await button(page, "Sign in").first().click();
            return Promise.race([heading(page, "Overview").then(() => true), page.getByText("try again in").waitFor().then(() => false)]);
        }, "the way in");
        await page.locator(".node").first().waitFor();
        assert.equal(await page.getByRole("button", { name: "Drain…" }).count(), 0, "a viewer does not drain");
        await visit(page, "/backup");
        await page.getByText("This needs the role admin.").first().waitFor();
        assert.deepEqual(await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]), ["", "{}", "{}"]);
        await button(page, "Sign out").click();
        await heading(page, "Sign in");
        await page.reload();
        await heading(page, "Sign in");
    });

    await check("one signs in with a token", async () => {
        const page = await open("/", { admin: GUARDED, expected: /401/ });
        await page.getByText("With a token instead").click();
        await page.getByLabel("Token").fill(process.env.CONSOLE_TOKEN ?? "");
        await button(page, "Sign in").last().click();
        await heading(page, "Overview");
        await button(page, "Drain…").waitFor();
    });

    await check("an operator acts, and does not see what is for admins", async () => {
        const page = await open("/", { admin: GUARDED, expected: /401/ });
        await page.getByLabel("User").fill("operator");
        await page.getByLabel("Password").fill(PASSWORD);
        await button(page, "Sign in").first().click();
        await heading(page, "Overview");
        await visit(page, "/bans");
        await button(page, "Ban…").click();
        await page.getByLabel("Whom").fill("somebody");
        await button(page, "Ban").click();
        await said(page, "somebody is banned");
        await visit(page, "/retained");
        await heading(page, "Retained");
        assert.equal(await button(page, "Purge…").count(), 0);
    });

    await check("an example asks by the console's own form where its broker listens", async () => {
        const page = await open(null, { admin: GUARDED, expected: /401/ });
        await page.goto(`${GUARDED}/examples/chat.html`);
        await page.getByLabel("User").fill("viewer");
        await page.getByLabel("Password").fill(PASSWORD);
        await shot(page, "example-sign-in-desk-light");
        await button(page, "Sign in").first().click();
        await page.locator("#enter:enabled").waitFor();
        assert.equal(await page.locator("dialog").count(), 0);
    });
}

await browser.close();
