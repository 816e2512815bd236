// <page-configuration>: what is in force on a node, and where each value comes from.
import { change, get, may } from "../api.js";
import { fill, h, visible } from "../dom.js";
import { question } from "../parts/dialog.js";
import { doing, fault } from "../parts/notes.js";
import { go, Page } from "../parts/page.js";

class PageConfiguration extends Page {
    #trouble = h("div");
    #node = h("select", { id: "node" });
    #text = h("input", { id: "find", type: "search", autocomplete: "off", placeholder: "limits." });
    #changed = h("input", { id: "changed", type: "checkbox" });
    #body = h("tbody");
    #found = h("p.hint", { role: "status" });
    /** @type {any[]} */
    #settings = [];

    show() {
        if (!this.hasChildNodes()) {
            this.#text.value = this.place.query.get("find") ?? "";
            this.#node.addEventListener("change", () => go("/configuration", { node: this.#node.value }));
            this.#text.addEventListener("input", () => this.#draw());
            this.#changed.addEventListener("change", () => this.#draw());
            fill(
                this,
                this.head("Configuration", "What is in force, and where each value comes from: defaults, the file, the environment, --set, or a change of a live key here or over the API. Secrets are left out."),
                this.#trouble,
                h("form.filters", { role: "search", onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, h("div.field.grow", null, h("label", { for: "find" }, "Keys and descriptions with"), this.#text), h("div.field.slim", null, h("label", { for: "node" }, "Node"), this.#node), h("div.field.check", null, this.#changed, h("label", { for: "changed" }, "Only what differs from the default"))),
                h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Settings" }, h("table.settings", null, h("caption.unseen", null, "Settings"), h("thead", null, h("tr", null, h("th", { scope: "col" }, "Key"), h("th", { scope: "col" }, "Value"), h("th.wide", { scope: "col" }, "From"), h("th.act", { scope: "col" }, h("span.unseen", null, "Actions")))), this.#body)),
                this.#found,
            );
        }
        this.#look();
    }

    async #look() {
        try {
            const wanted = this.place.query.get("node") ?? "";
            const [config, nodes] = await Promise.all([get("config", { node: wanted }, { signal: this.signal }), get("nodes", {}, { signal: this.signal })]);
            fill(this.#node, nodes.items.map((/** @type {any} */ each) => h("option", { value: each.node, selected: each.node === config.node }, visible(each.node))));
            this.#settings = config.settings ?? config.items;
            this.#trouble.replaceChildren();
            this.#draw();
        } catch (error) {
            if (!this.signal.aborted) {
                fill(this.#trouble, fault(error));
            }
        }
    }

    #draw() {
        const wanted = this.#text.value.trim().toLowerCase();
        const shown = this.#settings.filter((each) => (!wanted || `${each.key} ${each.documentation}`.toLowerCase().includes(wanted)) && (!this.#changed.checked || each.source !== "default"));
        const editable = may("PATCH config");
        fill(
            this.#body,
            shown.length
                ? shown.map((each) =>
                      h(
                          "tr",
                          null,
                          h("th.key", { scope: "row" }, h("code", null, each.key), h("p.hint", null, each.documentation)),
                          h("td", null, each.value === "" ? h("span.none", null, "empty") : h("code", null, visible(each.value)), h("small.narrow", null, visible(each.source))),
                          h("td.wide", null, each.source === "default" ? h("small", null, "default") : visible(each.source)),
                          h("td.act", null, each.live && (editable ? h("button.small", { type: "button", "aria-label": `Change ${each.key}`, onclick: () => this.#edit(each) }, "Change…") : h("span.pill", null, "live"))),
                      ),
                  )
                : h("tr", null, h("td.empty", { colspan: 4 }, "No key is like that.")),
        );
        this.#found.textContent = `${shown.length} of ${this.#settings.length} keys`;
    }

    /** @param {any} setting */
    async #edit(setting) {
        const answer = await question({
            title: setting.key,
            text: [h("p", null, setting.documentation), h("p", null, "It changes at once, on all nodes.")],
            fields: [{ name: "value", label: "Value", value: setting.value }],
            action: "Change",
        });
        if (answer) {
            await doing(async () => {
                await change("PATCH", "config", { body: { [setting.key]: answer.value } });
                return `${setting.key} is ${answer.value} now.`;
            });
            await this.#look();
        }
    }
}
customElements.define("page-configuration", PageConfiguration);
