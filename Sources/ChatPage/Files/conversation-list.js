// The conversations of this browser: their ids and titles. What was said is kept by the service.
const NAME = "parley:conversations";

export class ConversationList {
  #storage;
  /** Those used last first: `{id, title}`. */
  all = [];

  constructor(storage) {
    this.#storage = storage;
    this.read();
  }

  /** Reads again what other tabs may have changed. */
  read() {
    try {
      this.all = JSON.parse(this.#storage.getItem(NAME)).filter((one) => one.id && one.title);
    } catch {
      this.all = [];
    }
  }

  /** Puts a conversation first; its first prompt names it. */
  use(id, prompt) {
    this.read();
    const title = this.all.find((one) => one.id === id)?.title ?? [...prompt].slice(0, 80).join("");
    this.#write([{ id, title }, ...this.all.filter((one) => one.id !== id)].slice(0, 50));
  }

  remove(id) {
    this.read();
    this.#write(this.all.filter((one) => one.id !== id));
  }

  #write(all) {
    this.all = all;
    this.#storage.setItem(NAME, JSON.stringify(all));
  }
}
