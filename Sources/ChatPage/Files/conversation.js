// One conversation on the page.
import { el } from "./dom.js";
import { TurnView } from "./turn-view.js";
import * as words from "./words.js";

export class Conversation {
  node = el("div", { class: "thread" });
  /** The run under way. */
  run = null;
  #lastStored = null;

  /**
   * @param {import("./parley-client.js").Session} session
   * @param page is told of what happens: `changed()`: a run began or ended; `say(text)`: to who
   *   cannot see; `signIn()`: the tokens are no good
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
  }

  send(prompt, context) {
    this.node.querySelector(".notice")?.remove();
    this.#watch(this.#add(prompt), this.session.send(prompt, { context }));
  }

  stop() {
    this.run?.cancel();
    this.page.say("Stopping");
  }

  /** Shows what the service has stored, and goes on with what is not answered. */
  async restore() {
    const note = this.#notice("Loading…");
    const runs = await this.session.resume();
    for (const run of runs) this.#watch(this.#add(run.prompt), run);
    try {
      const stored = await this.session.history();
      const { turnsOf } = await import("./history.js");
      const turns = turnsOf(stored?.messages).map((turn) => TurnView.stored(turn));
      this.node.prepend(...turns.map((turn) => turn.node));
      this.#lastStored = turns.at(-1);
      if (!stored && !runs.length) this.#notice("This conversation is no longer stored. What you send begins it anew.");
    } catch (error) {
      if (error.code === "unauthorized") this.page.signIn();
      this.#notice(words.problem(error), () => this.restore());
    }
    note.remove();
  }

  #notice(text, again) {
    const node = el("p", { class: "notice" }, text, again
      && el("button", { type: "button", onclick: () => { node.remove(); again(); } }, "Try again"));
    this.node.prepend(node);
    return node;
  }

  #add(prompt) {
    const turn = new TurnView(prompt);
    this.node.append(turn.node);
    return turn;
  }

  async #watch(turn, run) {
    this.run = run;
    this.page.changed();
    turn.state("Thinking…");
    for await (const event of run) this.#tell(turn, run, event);
    if (this.run === run) this.run = null;
    this.page.changed();
  }

  #tell(turn, run, event) {
    // Whatever comes, the connection is back.
    if (turn.isWaiting) turn.state("");
    turn.isWaiting = event.type === "retrying";
    switch (event.type) {
      case "run.started":
        if (turn.run && turn.run !== event.run_id) turn.restart();
        turn.run = event.run_id;
        turn.state("Thinking…");
        break;
      case "text.delta": turn.text(event.text); break;
      case "text.reset": turn.resetText(); break;
      case "tool.started": turn.tool(event); turn.state("Working…"); break;
      case "tool.finished": turn.toolState(event.id, event.ok ? "ok" : "failed", event.duration_ms); break;
      case "gap": turn.hasGap = true; break;
      case "retrying": turn.state(words.retrying(event)); break;
      case "run.finished": this.#finish(turn, event.answer); break;
      case "run.failed":
        turn.problem(event.error, () => this.#watch(turn, run.again({ context: run.body })));
        if (event.error.code === "unauthorized") this.page.signIn();
    }
  }

  #finish(turn, answer) {
    turn.answer(answer);
    // What was loaded while the answer was on its way may hold it already.
    const last = this.#lastStored;
    if (last?.prompt === turn.prompt && last.lastText.trim() === answer.summary.trim()) last.node.remove();
    this.#lastStored = null;
    const { summary } = answer;
    this.page.say(summary.length > 500 ? `Parley has answered. ${summary.slice(0, 200)}…` : `Parley: ${summary}`);
  }
}
