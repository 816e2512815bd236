// <sign-in>: who one is, as the admin port knows users and tokens. Nothing of it is kept beyond the page.
import { enter, showPassword, showToken } from "../api.js";
import { fill, h } from "../dom.js";
import { fault } from "./notes.js";

class SignIn extends HTMLElement {
    #trouble = h("div");

    connectedCallback() {
        const user = h("input", { id: "user", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" });
        const password = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
        const token = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
        fill(
            this,
            h("h1", null, "Sign in"),
            h("p.lead", null, "As a user of the admin port. What you type stays in this page and is gone with it."),
            this.#trouble,
            this.#form(() => showPassword(user.value, password.value), this.#field("User", user), this.#field("Password", password)),
            h("details", null, h("summary", null, "With a token instead"), this.#form(() => showToken(token.value), this.#field("Token", token))),
        );
        user.focus();
    }

    /** @param {string} label @param {HTMLInputElement} input */
    #field(label, input) {
        return h("div.field", null, h("label", { for: input.id }, label), input);
    }

    /** @param {() => void} show @param {...Node} fields */
    #form(show, ...fields) {
        const button = h("button.primary", { type: "submit" }, "Sign in");
        const submit = async (/** @type {Event} */ event) => {
            event.preventDefault();
            show();
            button.disabled = true;
            try {
                await enter();
                this.dispatchEvent(new Event("entered", { bubbles: true }));
            } catch (error) {
                fill(this.#trouble, fault(error));
            } finally {
                button.disabled = false;
            }
        };
        return h("form", { onsubmit: submit }, fields, button);
    }
}
customElements.define("sign-in", SignIn);
