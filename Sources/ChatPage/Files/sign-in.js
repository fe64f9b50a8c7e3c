// Asks who uses the page, where the service wants to know.
import { el } from "./dom.js";
import * as words from "./words.js";

let dialog = null;

/** Asks until it is known; then `entered(user)`. */
export function askToSignIn(directory, entered) {
  if (dialog) return;
  const name = el("input", { id: "username", autocomplete: "username", autocapitalize: "none", required: true });
  const password = el("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const fault = el("p", { class: "problem", role: "alert", hidden: true });
  const submit = async (event) => {
    event.preventDefault();
    fault.hidden = true;
    try {
      const user = await directory.signIn(name.value, password.value);
      dialog.close();
      dialog.remove();
      dialog = null;
      entered(user);
    } catch (error) {
      fault.textContent = error.code === "unauthorized" ? "Name or password is wrong." : words.problem(error);
      fault.hidden = false;
      password.select();
    }
  };
  dialog = el("dialog", { "aria-labelledby": "sign-in", oncancel: (event) => event.preventDefault() },
    el("form", { onsubmit: submit },
      el("h2", { id: "sign-in" }, "Sign in with Taiga"),
      el("label", {}, "Name or email", name),
      el("label", {}, "Password", password),
      fault,
      el("button", { class: "main" }, "Sign in")));
  document.body.append(dialog);
  dialog.showModal();
}
