// One turn on the page: the prompt, and what the agent says and does about it.
import { drawing, el } from "./dom.js";
import { Markdown } from "./markdown.js";
import * as words from "./words.js";

/** Characters drawn in one frame. */
const PORTION = 24000;

export class TurnView {
  #parts = el("div", { class: "parts" });
  #created = el("ul", { class: "created", "aria-label": "Created", hidden: true });
  #notes = el("div", { class: "notes" });
  #state = el("p", { class: "state" });
  #answer = el("section", { class: "answer", "aria-label": "Parley" },
    this.#parts, this.#created, this.#notes, this.#state);
  /** The text since the last tool call: `{node, markdown, text, drawn}`. */
  #segment = null;
  #tools = new Map();
  #draw = drawing(() => this.#drawText());

  constructor(prompt) {
    this.prompt = prompt;
    const text = el("p", { class: "prompt", dir: "auto" }, prompt);
    const asked = prompt ? el("section", { class: "asked", "aria-label": "You" }, text) : null;
    this.node = el("article", { class: "turn" }, asked, this.#answer);
  }

  /** What the agent said last. */
  get lastText() {
    return this.#segment?.text ?? "";
  }

  text(delta) {
    if (!this.#segment) {
      const node = el("div", { class: "text" });
      this.#segment = { node, markdown: new Markdown(node), text: "", drawn: 0 };
      this.#parts.append(node);
      this.#state.textContent = "";
    }
    this.#segment.text += delta;
    this.#draw();
  }

  #drawText() {
    const segment = this.#segment;
    if (!segment || segment.drawn === segment.text.length) return;
    const end = Math.min(segment.text.length, segment.drawn + PORTION);
    segment.markdown.append(segment.text.slice(segment.drawn, end));
    segment.drawn = end;
    if (end < segment.text.length) this.#draw();
  }

  /** What was said since the last tool call is void. */
  resetText() {
    this.#segment?.node.remove();
    this.#segment = null;
  }

  /** The run began anew: what was done stays. */
  restart() {
    this.resetText();
    for (const [id, tool] of this.#tools) {
      if (tool.dataset.state !== "running") continue;
      tool.remove();
      this.#tools.delete(id);
    }
  }

  tool(call, state = "running") {
    this.#drawRest();
    const subject = words.toolSubject(call);
    const given = Object.keys(call.arguments ?? {}).length ? JSON.stringify(call.arguments, null, 2) : "";
    const tool = el("details", { class: "tool" },
      el("summary", {},
        el("span", { class: "mark", "aria-hidden": "true" }),
        el("span", {}, words.toolName(call.name)),
        subject ? el("bdi", { class: "subject" }, subject) : null,
        el("span", { class: "outcome" })),
      el("pre", { dir: "ltr", tabindex: "0", role: "group", "aria-label": "Arguments" },
        el("code", {}, given || "No arguments")));
    this.#parts.append(tool);
    this.#tools.set(call.id, tool);
    this.toolState(call.id, state);
  }

  toolState(id, state, milliseconds) {
    const tool = this.#tools.get(id);
    if (!tool) return;
    tool.dataset.state = state;
    const time = milliseconds >= 100 ? ` · ${(milliseconds / 1000).toFixed(1)} s` : "";
    tool.querySelector(".outcome").textContent = words.toolState[state] + time;
  }

  created(items) {
    for (const { type, id, ref, subject } of items) {
      this.#created.hidden = false;
      this.#created.append(el("li", { class: "card", "data-type": type },
        el("span", { class: "kind" }, words.created[type] ?? type),
        el("span", { class: "ref" }, ref ? `#${ref}` : ""),
        el("bdi", { class: "subject" }, subject),
        el("span", { class: "id" }, `id ${id}`)));
    }
  }

  warnings(texts) {
    for (const text of texts) this.#notes.append(el("p", { class: "warning", dir: "auto" }, text));
  }

  /** A word on how it goes. */
  state(text, isBusy = true) {
    this.#state.textContent = text;
    this.#answer.setAttribute("aria-busy", isBusy);
  }

  /** @param {(() => void) | null} again tries it once more */
  problem(error, again) {
    this.state("", false);
    const name = error.requestId && el("small", {}, `${error.code} · request ${error.requestId}`);
    const isCalm = error.code === "cancelled";
    const node = el("div", { class: isCalm ? "problem calm" : "problem", role: "alert" },
      el("p", { dir: "auto" }, words.problem(error)), !isCalm && name,
      again && el("button", { type: "button", onclick: () => { node.remove(); again(); } }, "Try again"));
    this.#notes.append(node);
  }

  /** The answer is there: what was not seen to grow is shown now. */
  answer({ summary, created_artifacts, warnings }) {
    const said = this.lastText.trim();
    if (summary && said !== summary.trim()) {
      if (summary.startsWith(said) || this.hasGap) this.resetText();
      else this.#drawRest();
      this.text(summary);
    }
    this.created(created_artifacts ?? []);
    this.warnings(warnings ?? []);
    this.state("", false);
  }

  /** A turn that was stored. */
  static stored({ prompt, parts, created }) {
    const turn = new TurnView(prompt);
    for (const { text, call, state } of parts) {
      if (call) turn.tool(call, state);
      else {
        turn.#drawRest();
        turn.text(text);
      }
    }
    turn.created(created);
    return turn;
  }

  /** Ends the text that is growing: what comes next stands below it. */
  #drawRest() {
    while (this.#segment && this.#segment.drawn < this.#segment.text.length) this.#drawText();
    this.#segment = null;
  }
}
