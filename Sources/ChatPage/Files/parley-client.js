// Parley's client for browsers, React Native and Node: one module, no dependencies, no DOM.

/**
 * @typedef {{auth_token: string, refresh: string}} Tokens
 * @typedef {{id: number, username: string, email: string, roles: string[]}} User
 * @typedef {{project_id: number, milestone_id: number, user_context: User, user_story_id?: number | null}} Context
 *   what a prompt is about, and who asks
 * @typedef {{id: number, subject: string}} Item
 * @typedef {{type: "user_story" | "task", id: number, ref: number, subject: string}} Created
 * @typedef {{summary: string, warnings: string[], stopped_by: string | null, session_id: string | null, run_id: string,
 *   artifacts: {milestone_id: number, user_stories: (Item & {tasks: Item[]})[], tasks: Item[]},
 *   created_artifacts: Created[], usage: Record<string, number>, auth?: Tokens}} Answer
 *
 * @typedef {{type: "run.started", run_id: string, session_id: string | null}
 *   | {type: "text.delta", text: string} | {type: "text.reset"}
 *   | {type: "tool.started", id: string, name: string, arguments: Record<string, unknown>}
 *   | {type: "tool.finished", id: string, name: string, ok: boolean, duration_ms: number}
 *   | {type: "gap", from: string, to: string}
 *   | {type: "retrying", attempt: number, delay: number, error: ParleyError}
 *   | {type: "run.finished", answer: Answer} | {type: "run.failed", error: ParleyError}} Event
 *   `run.started` with another `run_id`: the run began anew. `text.reset`: what was said since the last tool call is
 *   void. `gap`: events that are no longer kept. `retrying`: it is tried again after `delay` ms.
 *
 * @typedef {{getItem: (key: string) => any, setItem: (key: string, value: string) => any,
 *   removeItem: (key: string) => any}} Storage where unanswered prompts are kept: localStorage, AsyncStorage or alike
 *
 * @typedef {object} ClientOptions
 * @property {string} url where the service is
 * @property {Context} [context] of prompts that name no other
 * @property {Tokens | null} [tokens] kept in memory only
 * @property {(tokens: Tokens) => void} [onTokens] told of the pair that a run refreshed: the old one is dead
 * @property {typeof fetch} [fetch] the global one
 * @property {Storage | null} [storage] the global localStorage
 * @property {boolean} [streaming] whether answers are read while they grow; by itself: where fetch can
 * @property {number} [patience] ms without progress after which a run is given up (90000)
 * @property {number} [silence] ms without a byte after which a connection is taken for dead (45000)
 * @property {(ms: number) => number} [jitter] from 0 to `ms`, by chance
 *
 * @typedef {object} SendOptions
 * @property {Context} [context]
 * @property {(event: Event) => void} [onEvent]
 * @property {AbortSignal} [signal] stops watching; the run goes on, and {@link Session#resume} finds it
 * @property {"wait" | "reject" | "interrupt"} [ifBusy] when another run of the session is under way
 * @property {"short" | "medium" | "long"} [ttl] how long the session lives after each turn
 *
 * @typedef {{key: string, body: Record<string, any>, at: number, run?: string | null}} Pending
 */

/** What the same request may get past. The service says so with `Retry-After`, but events have no headers. */
const TRANSIENT = ["body-timeout", "deadline", "draining", "malformed-answer", "model-overloaded", "network",
  "overloaded", "session-busy", "store-unavailable", "taiga-unavailable", "unavailable", "worker-lost"];
/** The service keeps answers for a day; after that the same request would be a new one. */
const KEY_LIFETIME = 23 * 3600 * 1000;

/** A problem of the service (RFC 9457), or of the way to it: `network`, `http`, `malformed-answer`, `aborted`. */
export class ParleyError extends Error {
  /** @param {string} code the last part of the problem's `type` @param {string} message @param {any} [about] */
  constructor(code, message, about = {}) {
    super(message);
    this.name = "ParleyError";
    this.code = code;
    /** The HTTP status; 0: there was no answer. */
    this.status = about.status ?? 0;
    /**
     * For `invalid`.
     * @type {{field: string, message: string}[]}
     */
    this.fieldErrors = about.errors ?? [];
    /**
     * Names the request in the service's logs.
     * @type {string | null}
     */
    this.requestId = about.instance ?? null;
    /**
     * Seconds, where the service says so.
     * @type {number | null}
     */
    this.retryAfter = about.retryAfter ?? null;
    /**
     * The run that holds the session, for `session-busy`.
     * @type {string | null}
     */
    this.runId = about.run_id ?? null;
    /** @type {Tokens | null} */
    this.auth = about.auth ?? null;
    /** Whether the very same request may do better in a while. */
    this.isTransient = this.retryAfter !== null || TRANSIENT.includes(code);
  }

  /** @param {any} problem @param {Response} [response] */
  static of(problem, response) {
    const status = problem?.status ?? response?.status;
    const about = { ...problem, status, retryAfter: seconds(response?.headers.get("retry-after")) };
    about.instance ??= response?.headers.get("x-request-id");
    const code = /^\/problems\/(.+)$/.exec(problem?.type ?? "")?.[1];
    if (code) return new ParleyError(code, problem.detail ?? problem.title ?? code, about);
    // What stands between us and the service does not speak its language.
    return new ParleyError([502, 503, 504].includes(status) ? "unavailable" : "http", `HTTP ${status}`, about);
  }
}

/** @param {string | null | undefined} text a `Retry-After`: seconds or a date */
function seconds(text) {
  if (!text) return null;
  const value = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(value) ? Math.max(0, value) : null;
}

/**
 * How many ms to wait before an attempt, counted from 0: doubling up to 15 s, by chance between half and whole; never
 * less than what the service `asked` for.
 * @param {number} attempt @param {number | null} asked
 */
export function backOff(attempt, asked = null, jitter = (/** @type {number} */ ms) => Math.random() * ms) {
  const half = Math.min(15000, 300 * 2 ** attempt) / 2;
  return (asked ?? half) + jitter(half);
}

/** Cuts a stream of server-sent events into events (HTML standard, section 9.2.6), wherever its pieces end. */
export class EventStreamParser {
  #line = [""];
  #data = [""].slice(1);
  #name = "";
  /** @type {string | null} */ #id = null;
  #endsWithCR = false;
  /**
   * ms after which the service wants to be asked again.
   * @type {number | null}
   */
  retry = null;

  /** @param {string} text @returns {{id: string | null, name: string, data: string}[]} */
  push(text) {
    const events = [];
    let start = this.#endsWithCR && text.startsWith("\n") ? 1 : 0;
    if (text) this.#endsWithCR = false;
    const lineEnd = /\r\n?|\n/g;
    lineEnd.lastIndex = start;
    for (let match; (match = lineEnd.exec(text)); start = lineEnd.lastIndex) {
      this.#line.push(text.slice(start, match.index));
      const event = this.#take(this.#line.join(""));
      this.#line = [];
      this.#endsWithCR = match[0] === "\r" && lineEnd.lastIndex === text.length;
      if (event) events.push(event);
    }
    if (start < text.length) this.#line.push(text.slice(start));
    return events;
  }

  /** @param {string} line */
  #take(line) {
    if (line === "") {
      const event = { id: this.#id, name: this.#name || "message", data: this.#data.join("\n") };
      const isEvent = this.#data.length > 0;
      [this.#data, this.#name, this.#id] = [[], "", null];
      return isEvent ? event : null;
    }
    const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }
}

/** A service, and a user of it. */
export class ParleyClient {
  /** @type {Set<() => void>} */ #sleepers = new Set();
  #storing = Promise.resolve();

  /** @param {ClientOptions} options */
  constructor(options) {
    this.url = options.url.replace(/\/+$/, "");
    this.context = options.context;
    this.tokens = options.tokens ?? null;
    this.onTokens = options.onTokens;
    /** @type {typeof fetch} */
    this.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
    this.storage = options.storage === undefined ? defaultStorage() : options.storage;
    this.streaming = options.streaming ?? canStream();
    this.patience = options.patience ?? 90000;
    this.silence = options.silence ?? 45000;
    this.jitter = options.jitter;
  }

  /** A conversation that begins. */
  newSession() {
    return new Session(this, makeUUID());
  }

  /**
   * The conversation with this id, whether the service knows it or not.
   * @param {string} id
   */
  session(id) {
    return new Session(this, id);
  }

  /** Ends all waiting between attempts, as when the network is back. */
  wake() {
    for (const wake of [...this.#sleepers]) wake();
  }

  /**
   * Asks a route of the service for JSON.
   * @param {string} method @param {string} path @param {{body?: any, session?: string}} [request]
   * @returns {Promise<any>}
   */
  async call(method, path, request) {
    const watch = new Watchdog(this.silence);
    try {
      return await readJSON(await this.open(method, path, watch, request), watch);
    } finally {
      watch.abort();
    }
  }

  /**
   * Sends a request; its response, when that is a good one.
   * @param {string} method @param {string} path @param {Watchdog} watch
   * @param {{body?: any, headers?: Record<string, string>, session?: string}} [request]
   */
  async open(method, path, watch, request = {}) {
    const { body, headers, session } = request;
    /** @type {Record<string, string>} */
    const all = { Accept: "application/json", ...headers };
    if (body) all["Content-Type"] = "application/json";
    if (session) all["X-Session-Id"] = session;
    if (this.tokens) all.Authorization = `Bearer ${this.tokens.auth_token}`;
    const options = { method, headers: all, body: body && JSON.stringify(body), signal: watch.signal };
    const response = await watch.guard(this.fetch(this.url + path, options));
    if (response.ok) return response;
    const error = ParleyError.of(parse(await watch.guard(response.text())), response);
    this.take(error.auth);
    throw error;
  }

  /**
   * New tokens take the place of those that were sent.
   * @param {Tokens | null | undefined} auth
   */
  take(auth) {
    if (!auth?.auth_token) return;
    this.tokens = { auth_token: auth.auth_token, refresh: auth.refresh };
    this.onTokens?.(this.tokens);
  }

  /**
   * Waits, until {@link ParleyClient#wake} at the most.
   * @param {number} ms @returns {Promise<void>}
   */
  sleep(ms) {
    return new Promise((/** @type {(value?: any) => void} */ resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  /**
   * The session's prompts without an answer; `change` makes them others, one change at a time. Without a storage, or
   * with one that fails, prompts are sent all the same.
   * @param {string} session @param {(all: Pending[]) => Pending[]} change @returns {Promise<Pending[]>}
   */
  pending(session, change = (all) => all) {
    const name = `parley:pending:${session}`;
    const work = this.#storing.then(async () => {
      try {
        const stored = parse((await this.storage?.getItem(name)) ?? "[]");
        const all = Array.isArray(stored) ? stored.filter((one) => Date.now() - one.at < KEY_LIFETIME) : [];
        const changed = change(all).slice(-16);
        if (!changed.length) await this.storage?.removeItem(name);
        else if (changed !== all) await this.storage?.setItem(name, JSON.stringify(changed));
        return changed;
      } catch {
        return [];
      }
    });
    this.#storing = work.then(() => {});
    return work;
  }
}

/** A conversation. */
export class Session {
  /** @param {ParleyClient} client @param {string} id */
  constructor(client, id) {
    this.client = client;
    this.id = id;
  }

  /**
   * Sends a prompt.
   * @param {string} prompt @param {SendOptions} [options]
   */
  send(prompt, options = {}) {
    const context = options.context ?? this.client.context;
    if (!context) throw new TypeError("a prompt needs a context");
    const body = { ...context, prompt, session_id: this.id, if_busy: options.ifBusy, ttl: options.ttl };
    return new Run(this, { key: makeUUID(), body, at: Date.now() }, options);
  }

  /**
   * Goes on with the prompts that have no answer yet, as after a reload: each is sent again as it was, and run once.
   * @param {SendOptions} [options]
   */
  async resume(options = {}) {
    return (await this.client.pending(this.id)).map((prompt) => new Run(this, prompt, options));
  }

  /** What the service has stored; `null`: nothing, or no longer. */
  async history() {
    try {
      return await this.#call("GET");
    } catch (error) {
      if (error instanceof ParleyError && error.code === "not-found") return null;
      throw error;
    }
  }

  /** Forgets the conversation, here and in the service. */
  async clear() {
    await this.#call("DELETE");
    await this.client.pending(this.id, () => []);
  }

  /** @param {string} method */
  #call(method) {
    return this.client.call(method, `/agent/session/${encodeURIComponent(this.id)}`, { session: this.id });
  }
}

/**
 * One prompt on its way to its answer. It can be iterated once; what nobody has read yet is kept, text in one piece.
 * @implements {AsyncIterable<Event>}
 */
export class Run {
  /** @type {Event[]} */ #unread = [];
  /** @type {((value?: any) => void) | null} */ #reader = null;
  /** @type {Watchdog | null} */ #watch = null;
  /** @type {string | null} */ #lastEvent = null;
  /** Whether the run has a name and has not ended, so that it can be gone on with. */
  #isFollowed;
  #hasProgress = false;
  #isCancelled = false;
  #isToldToCancel = false;
  /** Whether the same request may still get an answer. */
  #isOpen = true;
  isOver = false;

  /** @param {Session} session @param {Pending} prompt @param {SendOptions} options */
  constructor(session, prompt, options) {
    this.session = session;
    this.pending = prompt;
    /**
     * The service's name for the run, once it is known.
     * @type {string | null}
     */
    this.id = prompt.run ?? null;
    this.#isFollowed = this.id !== null;
    this.onEvent = options.onEvent;
    this.signal = options.signal;
    this.signal?.addEventListener("abort", () => {
      this.#watch?.abort();
      this.#client.wake();
    });
    /** @type {Promise<Answer>} */
    this.answer = this.#drive();
    // Who reads the events need not look at the answer.
    this.answer.catch(() => {});
  }

  /** @returns {string} */
  get prompt() {
    return this.pending.body.prompt;
  }

  async *[Symbol.asyncIterator]() {
    while (true) {
      while (this.#unread.length) yield /** @type {Event} */ (this.#unread.shift());
      if (this.isOver) return;
      await new Promise((resolve) => (this.#reader = resolve));
    }
  }

  /**
   * Stops the run; what it did until then stays done, and the answer tells. A run without a name yet is stopped when it
   * gets one; when it has none after `patience` ms, it is left to itself.
   */
  async cancel(patience = 3000) {
    if (this.isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#client.wake();
    if (this.#isFollowed) return this.#tellToCancel();
    await Promise.race([this.answer.catch(() => {}), new Promise((resolve) => setTimeout(resolve, patience))]);
    if (!this.#isFollowed) this.#watch?.abort();
  }

  /**
   * Sends the prompt of a run that failed once more: as the same request, if that can still get an answer.
   * @param {SendOptions} [options]
   */
  again(options = {}) {
    const { body } = this.pending;
    return new Run(this.session, this.#isOpen ? this.pending : { key: makeUUID(), body, at: Date.now() }, options);
  }

  get #client() {
    return this.session.client;
  }

  async #tellToCancel() {
    if (this.#isToldToCancel) return;
    this.#isToldToCancel = true;
    for (let attempt = 0; !this.isOver; attempt += 1) {
      try {
        return await this.#client.call("POST", `/agent/runs/${this.id}/cancel`, { session: this.session.id });
      } catch (error) {
        // A run that is gone is told by its events.
        if (!(error instanceof ParleyError && error.isTransient) || attempt === 5) return;
        await this.#client.sleep(backOff(attempt, null, this.#client.jitter));
      }
    }
  }

  /**
   * Keeps the prompt, or forgets it, and the name of its run.
   * @param {string | null} run
   */
  #keep(run, isKept = true) {
    const { key } = this.pending;
    this.pending = { ...this.pending, run };
    const kept = isKept ? [this.pending] : [];
    return this.#client.pending(this.session.id, (all) => [...all.filter((one) => one.key !== key), ...kept]);
  }

  /** @returns {Promise<Answer>} */
  async #drive() {
    await this.#keep(this.id);
    try {
      const answer = await this.#persist();
      await this.#finish({ type: "run.finished", answer });
      return answer;
    } catch (thrown) {
      const error = thrown instanceof ParleyError ? thrown : new ParleyError("network", String(thrown));
      await this.#finish({ type: "run.failed", error });
      throw error;
    }
  }

  /** @param {Event} event */
  async #finish(event) {
    // What may have been done, or may yet succeed, is asked again under the same key.
    this.#isOpen = event.type === "run.failed" && !this.#isCancelled
      && (event.error.isTransient || ["aborted", "internal"].includes(event.error.code));
    if (!this.#isOpen) await this.#keep(null, false);
    this.isOver = true;
    this.#emit(event);
  }

  /** Tries until there is an answer, or a reason to give up. @returns {Promise<Answer>} */
  async #persist() {
    let attempt = 0;
    let since = Date.now();
    while (true) {
      this.#hasProgress = false;
      try {
        this.#check();
        return await (this.#isFollowed ? this.#follow() : this.#post());
      } catch (error) {
        if (!(error instanceof ParleyError && error.isTransient)) throw error;
        this.#check();
        if (error.code === "session-busy" && this.pending.body.if_busy === "reject") throw error;
        if (this.#hasProgress) [attempt, since] = [0, Date.now()];
        const delay = backOff(attempt, error.retryAfter && error.retryAfter * 1000, this.#client.jitter);
        if (Date.now() + delay - since > this.#client.patience) throw error;
        attempt += 1;
        this.#emit({ type: "retrying", attempt, delay, error });
        await this.#client.sleep(delay);
      }
    }
  }

  /** Throws when nobody waits any more. */
  #check() {
    if (this.signal?.aborted) throw new ParleyError("aborted", "No longer watched");
    if (this.#isCancelled && !this.#isFollowed) throw new ParleyError("cancelled", "The prompt was taken back");
  }

  /**
   * Asks for the run, or again for the same one.
   * @param {Record<string, string>} [headers]
   */
  async #post(headers) {
    const tokens = this.#client.tokens ?? { auth_token: "none", refresh: "none" };
    const { body, key } = this.pending;
    const request = { body: { ...body, ...tokens }, headers: { "Idempotency-Key": key, ...headers } };
    return /** @type {Answer} */ (await this.#request("POST", "/agent/run", request));
  }

  /** Goes on with the run, at whichever worker answers. */
  async #follow() {
    /** @type {Record<string, string>} */
    const headers = this.#lastEvent ? { "Last-Event-ID": this.#lastEvent } : {};
    /** @type {Answer} */
    let answer;
    try {
      const path = `/agent/runs/${this.id}/events`;
      answer = (this.#client.streaming && (await this.#request("GET", path, { headers }))) || (await this.#poll());
    } catch (error) {
      if (!(error instanceof ParleyError) || !["not-found", "worker-lost"].includes(error.code)) throw error;
      // The run is not known any more, or will not go on: the same request gets its answer, or takes it over.
      await this.#ends();
      return this.#post();
    }
    // What is read again never holds tokens; the answer to the same request does.
    if (!this.#client.tokens) return answer;
    return this.#post({ Accept: "application/json" }).catch(() => answer);
  }

  /** Asks for the run's state until it has ended. @returns {Promise<Answer>} */
  async #poll() {
    for (let pause = 500; ; pause = Math.min(3000, pause * 1.5)) {
      const run = await this.#client.call("GET", `/agent/runs/${this.id}`, { session: this.session.id });
      if (run.answer) return run.answer;
      if (run.problem) {
        await this.#ends();
        throw ParleyError.of(run.problem);
      }
      this.#check();
      await this.#client.sleep(backOff(0, pause, this.#client.jitter));
    }
  }

  /**
   * @param {string} method @param {string} path @param {{body?: any, headers: Record<string, string>}} request
   * @returns {Promise<Answer | null>} `null`: there is nothing more to be told
   */
  async #request(method, path, { body, headers }) {
    const watch = (this.#watch = new Watchdog(this.#client.silence));
    const all = { Accept: this.#client.streaming ? "text/event-stream" : "application/json", ...headers };
    try {
      const response = await this.#client.open(method, path, watch, { body, headers: all, session: this.session.id });
      if (response.status === 204) return null;
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
      const answer = isStream ? await this.#read(response, watch) : await readJSON(response, watch);
      this.#client.take(answer.auth);
      return answer;
    } finally {
      watch.abort();
    }
  }

  /** @param {Response} response @param {Watchdog} watch @returns {Promise<Answer>} */
  async #read(response, watch) {
    const parser = new EventStreamParser();
    for await (const text of texts(response, watch)) {
      for (const { id, name, data } of parser.push(text)) {
        const content = parse(data);
        if (!content) continue;
        if (id) this.#lastEvent = id;
        this.#hasProgress = true;
        if (name === "run.finished") return content;
        if (name === "run.failed") {
          const error = ParleyError.of(content);
          this.#client.take(error.auth);
          await this.#ends();
          throw error;
        }
        if (name === "run.started") await this.#begins(content.run_id);
        this.#emit({ ...content, type: name });
      }
    }
    const retryAfter = parser.retry && parser.retry / 1000;
    throw new ParleyError("network", "The connection ended before the answer", { retryAfter });
  }

  /** @param {string} id */
  async #begins(id) {
    this.#isFollowed = true;
    if (id !== this.id) await this.#keep((this.id = id));
    if (this.#isCancelled) this.#tellToCancel();
  }

  /** The run will not go on: from here only the same request helps. */
  async #ends() {
    this.#isFollowed = this.#isToldToCancel = false;
    this.#lastEvent = null;
    await this.#keep(null);
  }

  /** @param {Event} event */
  #emit(event) {
    const last = this.#unread.at(-1);
    if (event.type === "text.delta" && last?.type === "text.delta") {
      this.#unread[this.#unread.length - 1] = { ...last, text: last.text + event.text };
    } else {
      this.#unread.push(event);
    }
    this.#reader?.();
    this.#reader = null;
    try {
      this.onEvent?.(event);
    } catch (error) {
      // The fault of whoever listens is theirs, not the run's.
      console.error(error);
    }
  }
}

/** Aborts a request when nothing has come for a while. */
class Watchdog {
  #controller = new AbortController();

  /** @param {number} silence ms */
  constructor(silence) {
    this.silence = silence;
    this.signal = this.#controller.signal;
  }

  /**
   * What `promise` gives, unless it takes too long.
   * @template T @param {Promise<T>} promise @returns {Promise<T>}
   */
  async guard(promise) {
    const timer = setTimeout(() => this.abort(), this.silence);
    try {
      return await promise;
    } catch (error) {
      throw new ParleyError("network", `The service cannot be reached: ${error}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the request, too, when it is not read to its end. */
  abort() {
    this.#controller.abort();
  }
}

/**
 * The texts of a body as they come; else in one piece.
 * @param {Response} response @param {Watchdog} watch @returns {AsyncGenerator<string>}
 */
async function* texts(response, watch) {
  if (!response.body?.getReader) return yield await watch.guard(response.text());
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  while (true) {
    const { done, value } = await watch.guard(reader.read());
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

/** @param {Response} response @param {Watchdog} watch */
async function readJSON(response, watch) {
  const json = parse(await watch.guard(response.text()));
  if (json === null) throw new ParleyError("malformed-answer", "The answer is no JSON", { status: response.status });
  return json;
}

/** @param {string} text @returns {any} `null` for what is no JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function canStream() {
  return typeof TextDecoder === "function" && typeof Response === "function" && "body" in Response.prototype;
}

/** @returns {Storage | null} */
function defaultStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

function makeUUID() {
  const { crypto } = globalThis;
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = Uint8Array.from({ length: 16 }, () => Math.random() * 256);
  crypto?.getRandomValues?.(bytes);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
