// Questions before something is done.
import { h } from "../dom.js";

let number = 0;

/**
 * A field of a question.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text" | "number" | "select" | "checkbox" | "textarea"} [kind]
 * @property {any} [value]
 * @property {[string, string][]} [options] value and label
 * @property {boolean} [required]
 * @property {string} [hint]
 */

/**
 * Asks, and waits for the answer.
 *
 * @param {{title: string, text?: any, fields?: Field[], action: string, danger?: boolean}} question
 * @returns {Promise<Record<string, any> | null>} the values of the fields; null for no
 */
export function question({ title, text, fields = [], action, danger }) {
    const id = `dialog-${++number}`;
    const inputs = fields.map((field) => [field.name, input(`${id}-${field.name}`, field)]);
    const dialog = h(
        "dialog",
        { "aria-labelledby": id },
        h(
            "form",
            { method: "dialog" },
            h("h2", { id }, title),
            text && h("div.text", null, text),
            fields.map((field, i) => row(`${id}-${field.name}`, field, inputs[i][1])),
            h(
                "div.actions",
                null,
                h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
                h(`button.${danger ? "danger" : "primary"}`, { type: "submit", value: "yes", autofocus: !fields.length && !danger }, action),
            ),
        ),
    );
    document.body.append(dialog);
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            const yes = dialog.returnValue === "yes";
            resolve(yes ? Object.fromEntries(inputs.map(([name, element]) => [name, valueOf(element)])) : null);
            dialog.remove();
        });
        dialog.showModal();
    });
}

/** @param {{title: string, text?: any, action: string, danger?: boolean}} asked @returns {Promise<boolean>} */
export const sure = async (asked) => (await question({ danger: true, ...asked })) !== null;

/** @param {string} id @param {Field} field @returns {any} */
function input(id, field) {
    switch (field.kind) {
        case "select":
            return h(
                "select",
                { id },
                (field.options ?? []).map(([value, label]) => h("option", { value, selected: value === field.value }, label)),
            );
        case "textarea":
            return h("textarea", { id, rows: 4, required: field.required }, field.value ?? "");
        case "checkbox":
            return h("input", { id, type: "checkbox", checked: field.value });
        default:
            return h("input", { id, type: field.kind ?? "text", value: field.value ?? "", required: field.required, min: field.kind === "number" ? 1 : null, autocomplete: "off", spellcheck: "false" });
    }
}

/** @param {string} id @param {Field} field @param {Element} element */
function row(id, field, element) {
    const label = h("label", { for: id }, field.label);
    return h(`div.field${field.kind === "checkbox" ? ".check" : ""}`, null, field.kind === "checkbox" ? [element, label] : [label, element], field.hint && h("p.hint", null, field.hint));
}

/** @param {any} element */
const valueOf = (element) => (element.type === "checkbox" ? element.checked : element.type === "number" ? Number(element.value) : element.value);
