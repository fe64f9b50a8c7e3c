// The choice of project, sprint and story.
import { el } from "./dom.js";

const NAME = "parley:place";

export class Pickers {
  /** @type {HTMLSelectElement[]} */ #selects;
  #directory;
  #storage;
  #changed;
  #failed;
  #round = 0;
  /** What was chosen, or is proposed. */
  #chosen = {};

  /** `changed()`: something else is chosen; `failed(error)`: what there is to choose from could not be told. */
  constructor(directory, selects, storage, changed, failed) {
    this.#directory = directory;
    this.#selects = selects;
    this.#storage = storage;
    this.#changed = changed;
    this.#failed = failed;
    selects.forEach((select, index) => select.addEventListener("change", () => this.#fillBehind(index)));
  }

  /** What is chosen; `null` while there is no project or no sprint. */
  get place() {
    const [project_id, milestone_id, story] = this.#selects.map((select) => Number(select.value));
    if (!project_id || !milestone_id) return null;
    return story ? { project_id, milestone_id, user_story_id: story } : { project_id, milestone_id };
  }

  /** What is chosen, in words. */
  get titles() {
    return this.#selects.filter((one) => one.value).map((one) => one.selectedOptions[0].textContent);
  }

  /** Offers what there is; what was chosen last stays chosen, or else what the service proposes. */
  async fill({ project_id, milestone_id }) {
    this.#chosen = { project_id, milestone_id, ...JSON.parse(this.#storage.getItem(NAME) ?? "{}") };
    try {
      this.#offer(0, await this.#directory.projects(), "Project", this.#chosen.project_id);
    } catch (error) {
      return this.#failed(error);
    }
    await this.#fillBehind(0);
  }

  /** Offers what belongs to the choice at `index`. Until it is told there is nothing: it would be another's. */
  async #fillBehind(index) {
    for (let behind = index + 1; behind < 3; behind += 1) this.#offer(behind, []);
    this.#changed();
    try {
      await this.#ask(index);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #ask(index) {
    const round = (this.#round += 1);
    const [project, milestone] = this.#selects;
    if (index === 0) {
      const all = project.value ? await this.#directory.milestones(project.value) : [];
      if (round !== this.#round) return;
      const named = all?.map((one) => ({ ...one, name: one.closed ? `${one.name} (closed)` : one.name }));
      named?.sort((one, other) => one.closed - other.closed);
      this.#offer(1, named, "Sprint", this.#chosen.milestone_id);
    }
    if (index < 2) {
      const all = milestone.value ? await this.#directory.userStories(project.value, milestone.value) : [];
      if (round !== this.#round) return;
      const stories = (all ?? []).map(({ id, ref, subject }) => ({ id, name: `#${ref} ${subject}` }));
      this.#offer(2, [{ id: "", name: "Any story" }, ...stories], "", this.#chosen.user_story_id);
    }
    this.#chosen = { ...this.place };
    this.#storage.setItem(NAME, JSON.stringify(this.#chosen));
    this.#changed();
  }

  /** Where the service does not say what there is, there is what is chosen. */
  #offer(index, all, kind, chosen) {
    const options = all ?? [{ id: chosen, name: `${kind} ${chosen}` }];
    const select = this.#selects[index];
    const nodes = options.map(({ id, name }) => el("option", { value: id, selected: id === chosen }, name));
    select.replaceChildren(...nodes);
    select.disabled = options.length < 2;
  }
}
