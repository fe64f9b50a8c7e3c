// A service that holds one run at a time, says what a test wants it to say, and breaks where it is told to.
import { createServer } from "node:http";

export const answer = (members = {}) => ({
  summary: "Done.", artifacts: { milestone_id: 2, user_stories: [], tasks: [] }, created_artifacts: [], warnings: [],
  stopped_by: null, session_id: "s", run_id: "run_1", usage: {}, ...members,
});

export const problem = (status, code, members = {}) => ({
  type: `/problems/${code}`, title: `The title of ${code}`, status, instance: "request-1", ...members,
});

export const started = (run = "run_1") => ["run.started", { run_id: run, session_id: "s" }];
export const delta = (text) => ["text.delta", { text }];
export const finished = (members) => ["run.finished", answer(members)];
export const failed = (status, code, members) => ["run.failed", problem(status, code, members)];

/** The events as they are on the wire, numbered from `first`. */
export const wire = (events, first = 1) =>
  events.map(([name, data], index) =>
    `${first === null ? "" : `id: ${first + index}-0\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");

export class FakeService {
  /** Every request that arrived: `{method, path, headers, body}`. */
  requests = [];

  /** Runs `use` with a service; `respond(request, reply, index)` answers each request. */
  static async with(respond, use) {
    const service = new FakeService();
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body = text ? JSON.parse(text) : null;
      const { method, url: path, headers } = request;
      service.requests.push({ method, path, headers, body });
      await respond(service.requests.at(-1), new Reply(response), service.requests.length - 1);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    service.url = `http://127.0.0.1:${server.address().port}`;
    try {
      return await use(service);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** The same, answering request after request as `script` says. */
  static script(script, use) {
    return FakeService.with((request, reply, index) => {
      if (!script[index]) throw new Error(`${request.method} ${request.path} is not in the script`);
      return script[index](reply, request);
    }, use);
  }

  /** The requests as `METHOD path`. */
  get lines() {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }
}

export class Reply {
  constructor(response) {
    this.response = response;
    /** When the client has closed the connection. */
    this.closed = new Promise((resolve) => response.on("close", resolve));
  }

  json(content, status = 200, headers = {}) {
    const type = status < 400 ? "application/json" : "application/problem+json";
    this.response.writeHead(status, { "content-type": type, ...headers }).end(JSON.stringify(content));
  }

  problem(status, code, members, headers = {}) {
    this.json(problem(status, code, members), status, headers);
  }

  /** Begins a stream of events and sends `text`. */
  async stream(text) {
    this.response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    await this.more(text);
  }

  /** Sends more of a stream that has begun. */
  more(text) {
    return new Promise((resolve) => this.response.write(text, resolve));
  }

  async streamAll(text) {
    await this.stream(text);
    this.response.end();
  }

  /** Breaks the connection. */
  cut() {
    this.response.destroy();
  }
}

/** What localStorage is, for one browser. */
export class FakeStorage {
  items = new Map();
  getItem(key) { return this.items.get(key) ?? null; }
  setItem(key, value) { this.items.set(key, value); }
  removeItem(key) { this.items.delete(key); }
}
