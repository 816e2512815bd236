// <page-backup>: all that a node keeps, as a file, and back.
import { ask, may, needs } from "../api.js";
import { fill, h } from "../dom.js";
import { size } from "../format.js";
import { sure } from "../parts/dialog.js";
import { doing } from "../parts/notes.js";
import { Page } from "../parts/page.js";

class PageBackup extends Page {
    #progress = h("p.hint", { role: "status" });
    #result = h("div");

    show() {
        const file = h("input", { id: "file", type: "file", accept: ".jsonl,.ndjson,.json,application/x-ndjson" });
        const replace = h("input", { id: "replace", type: "checkbox" });
        const save = h("button.primary", { type: "button", onclick: () => this.#export(save) }, "Download");
        fill(
            this,
            this.head("Backup", "Sessions, what waits for them, and retained messages of the node that this page comes from. For large ones, and on a schedule, the command line is better: coppice admin export."),
            h(
                "div.two",
                null,
                h("section.card.stack", null, h("h2", null, "Export"), h("p", null, "A line of JSON for each session, message and retained message. It holds all that clients have said to each other: keep it as you would keep that."), may("GET export") ? h("div.actions", null, save) : h("p.hint", null, `This needs the role ${needs("GET export")}.`), this.#progress),
                h(
                    "section.card.stack",
                    null,
                    h("h2", null, "Import"),
                    h("p", null, "What a file has is added to what is there; a session that is there stays as it is, unless it is to be replaced."),
                    may("POST import")
                        ? [h("div.field", null, h("label", { for: "file" }, "File"), file), h("div.field.check", null, replace, h("label", { for: "replace" }, "Replace what is there")), h("div.actions", null, h("button", { type: "button", onclick: () => this.#import(file, replace.checked) }, "Import…"))]
                        : h("p.hint", null, `This needs the role ${needs("POST import")}.`),
                    this.#result,
                ),
            ),
        );
    }

    /** @param {HTMLButtonElement} button */
    async #export(button) {
        button.disabled = true;
        await doing(async () => {
            const answer = await ask("GET", "export", { signal: this.signal });
            const parts = [];
            let bytes = 0;
            const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
            for (let turn = await reader.read(); !turn.done; turn = await reader.read()) {
                parts.push(turn.value);
                bytes += turn.value.length;
                this.#progress.textContent = `${size(bytes)} so far`;
            }
            const url = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
            h("a", { href: url, download: `coppice-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.jsonl` }).click();
            setTimeout(() => URL.revokeObjectURL(url), 60_000);
            this.#progress.textContent = `${size(bytes)}, complete`;
            return "The export is downloaded.";
        });
        button.disabled = false;
    }

    /** @param {HTMLInputElement} input @param {boolean} replace */
    async #import(input, replace) {
        const file = input.files?.[0];
        if (!file) {
            input.focus();
            return;
        }
        if (await sure({ title: `Import ${file.name}?`, text: h("p", null, replace ? `${size(file.size)}. Sessions and retained messages that are there are replaced by those of the file.` : `${size(file.size)}. What is there stays.`), action: "Import", danger: replace })) {
            await doing(async () => {
                const answer = await ask("POST", "import", { query: { replace }, body: file, type: "application/x-ndjson" });
                fill(this.#result, h("pre.payload", { tabindex: 0 }, JSON.stringify(await answer.json(), null, 2)));
                return `${file.name} is imported.`;
            });
        }
    }
}
customElements.define("page-backup", PageBackup);
