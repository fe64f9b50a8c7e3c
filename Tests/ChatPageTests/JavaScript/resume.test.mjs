import assert from "node:assert/strict";
import test from "node:test";
import { FakeService, FakeStorage, answer, delta, failed, finished, problem, started, wire } from "./fake-service.mjs";
import { makeClient, note, outcome, text, types, watch } from "./support.mjs";

const EVENTS = [started(), delta("one "), delta("two "), delta("três "), finished()];
const EVENTS_PATH = "/agent/runs/run_1/events";

/** Answers with the events behind `Last-Event-ID`, of which `limit` bytes get through; `null`: all. */
function told(reply, request, limit = null) {
  const last = Number.parseInt(request.headers["last-event-id"] ?? "0", 10);
  const bytes = Buffer.from(wire(EVENTS.slice(last), last + 1));
  if (limit === null || limit >= bytes.length) return reply.streamAll(bytes);
  return reply.stream(bytes.subarray(0, limit)).then(() => reply.cut());
}

test("a stream cut at any byte goes on where it was, and nothing is told twice", async () => {
  const length = Buffer.byteLength(wire(EVENTS));
  let attempts = 0;
  for (let first = 1; first < length; first += 1) {
    // The second connection is cut, too, somewhere else.
    const cuts = [first, 1 + ((first * 7) % 97)];
    await FakeService.with((request, reply, index) => told(reply, request, cuts[index] ?? null), async (service) => {
      const { events, answer: final } = await watch(makeClient(service.url));
      attempts += service.requests.length;
      assert.equal(text(events), "one two três ");
      assert.deepEqual(final, answer());
      assert.equal(types(events).filter((type) => type === "run.finished").length, 1);
      const [post, ...rest] = service.requests;
      for (const request of rest) {
        const isSame = request.headers["idempotency-key"] === post.headers["idempotency-key"];
        assert.ok(isSame || request.path === EVENTS_PATH, `${request.method} ${request.path}`);
        assert.equal(request.headers["x-session-id"], "s");
      }
    });
  }
  console.log(`${length - 1} streams cut at each byte and once more: ${attempts} requests, every event told once`);
});

test("a request whose answer is lost is sent again as it was, with the tokens of now", () =>
  FakeService.script([
    (reply) => reply.cut(),
    (reply) => reply.problem(502, "unavailable", {}, { "retry-after": "0" }),
    (reply) => reply.json(answer()),
  ], async (service) => {
    const client = makeClient(service.url, { tokens: { auth_token: "a1", refresh: "r1" } });
    const run = client.session("s").send("Hello", {
      onEvent: (event) => {
        if (event.type !== "retrying") return;
        client.tokens = { auth_token: "a2", refresh: "r2" };
        setImmediate(() => client.wake());
      },
    });
    assert.deepEqual(await run.answer, answer());
    const [first, ...again] = service.requests;
    for (const request of again) {
      assert.equal(request.headers["idempotency-key"], first.headers["idempotency-key"]);
      assert.deepEqual(request.body, { ...first.body, auth_token: "a2", refresh: "r2" });
    }
  }));

test("no attempt is made before Retry-After, or before what the stream asks for", () =>
  FakeService.script([
    (reply) => reply.problem(429, "overloaded", {}, { "retry-after": "7" }),
    (reply) => reply.streamAll(wire([started()]) + "retry: 500\n: come back for the rest\n\n"),
    (reply) => reply.streamAll(wire([finished()], 2)),
  ], async (service) => {
    const { events } = await watch(makeClient(service.url));
    const retries = events.filter((event) => event.type === "retrying");
    assert.deepEqual(retries.map(({ attempt, delay, error }) => [attempt, delay, error.code]),
      [[1, 7000, "overloaded"], [1, 500, "network"]]);
    assert.deepEqual(service.lines, ["POST /agent/run", "POST /agent/run", `GET ${EVENTS_PATH}`]);
  }));

test("waits are real", () =>
  FakeService.script([
    (reply) => reply.problem(503, "draining", {}, { "retry-after": "1" }), (reply) => reply.json(answer()),
  ], async (service) => {
    const begin = performance.now();
    await makeClient(service.url).session("s").send("Hello").answer;
    assert.ok(performance.now() - begin >= 999);
  }));

test("a reload sends the same request again, or goes on with the run from its first event", () =>
  FakeService.script([
    (reply) => reply.stream(": waits\n\n"),
    (reply) => reply.stream(wire(EVENTS.slice(0, 2))),
    (reply, request) => told(reply, request),
  ], async (service) => {
    const storage = new FakeStorage();
    const leave = new AbortController();
    const left = makeClient(service.url, { storage }).session("s").send("Hello", { signal: leave.signal });
    const arrived = async (count) => { while (service.requests.length < count) await new Promise(setImmediate); };
    await arrived(1);
    leave.abort();
    assert.equal((await outcome(left)).error.code, "aborted");

    const again = new AbortController();
    const [second] = await makeClient(service.url, { storage }).session("s").resume({ signal: again.signal });
    for await (const event of second) if (event.type === "text.delta") again.abort();
    assert.equal(second.prompt, "Hello");

    const events = [];
    const session = makeClient(service.url, { storage }).session("s");
    const [third] = await session.resume({ onEvent: (one) => events.push(one) });
    assert.deepEqual(await third.answer, answer());
    assert.equal(text(events), "one two três ");
    assert.deepEqual(service.lines, ["POST /agent/run", "POST /agent/run", `GET ${EVENTS_PATH}`]);
    assert.deepEqual(service.requests[0].body, service.requests[1].body);
    assert.equal(service.requests[0].headers["idempotency-key"], service.requests[1].headers["idempotency-key"]);
    assert.equal(service.requests[2].headers["last-event-id"], undefined);
    assert.equal(storage.items.size, 0);
  }));

test("tokens are never stored", () =>
  FakeService.script([(reply) => reply.streamAll(wire(EVENTS))], async (service) => {
    const storage = new FakeStorage();
    const stored = [];
    storage.setItem = (key, value) => stored.push(value);
    await watch(makeClient(service.url, { storage, tokens: { auth_token: "canary-a", refresh: "canary-r" } }));
    assert.ok(stored.length > 0 && !stored.join().includes("canary"));
  }));

test("a run that nobody knows any more, or whose worker died, is asked for under the same key", async () => {
  const lost = wire([failed(503, "worker-lost")], null);
  for (const end of [(reply) => reply.problem(404, "not-found"), (reply) => reply.streamAll(lost)]) {
    await FakeService.script([
      (reply) => reply.stream(wire(EVENTS.slice(0, 2))).then(() => reply.cut()),
      end,
      (reply) => reply.streamAll(wire([started("run_2"), delta("anew"), finished({ run_id: "run_2" })])),
    ], async (service) => {
      const { run, events, answer: final } = await watch(makeClient(service.url));
      assert.equal(final.run_id, "run_2");
      assert.equal(run.id, "run_2");
      assert.deepEqual(types(events).filter((type) => type !== "retrying"),
        ["run.started", "text.delta", "run.started", "text.delta", "run.finished"]);
      assert.deepEqual(service.lines, ["POST /agent/run", `GET ${EVENTS_PATH}`, "POST /agent/run"]);
      assert.equal(service.requests[0].headers["idempotency-key"], service.requests[2].headers["idempotency-key"]);
    });
  }
});

test("a run that failed for now is asked for anew, not followed", () =>
  FakeService.script([
    (reply) => reply.streamAll(wire([started(), failed(504, "deadline")])),
    (reply) => reply.json(answer()),
  ], async (service) => {
    assert.deepEqual((await watch(makeClient(service.url))).answer, answer());
    assert.deepEqual(service.lines, ["POST /agent/run", "POST /agent/run"]);
  }));

test("who goes on with a run asks once more for the tokens that it may have refreshed", () =>
  FakeService.script([
    (reply) => reply.stream(wire(EVENTS.slice(0, 2))).then(() => reply.cut()),
    (reply, request) => told(reply, request),
    (reply) => reply.json(answer({ auth: { auth_token: "a2", refresh: "r2" } })),
  ], async (service) => {
    const client = makeClient(service.url, { tokens: { auth_token: "a1", refresh: "r1" } });
    assert.equal((await watch(client)).answer.auth.auth_token, "a2");
    assert.equal(client.tokens.refresh, "r2");
    assert.equal(service.requests[2].headers["idempotency-key"], service.requests[0].headers["idempotency-key"]);
    assert.equal(service.requests[2].headers.accept, "application/json");
  }));

test("a connection that falls silent is given up, and the run gone on with", () =>
  FakeService.script([
    (reply) => reply.stream(wire(EVENTS.slice(0, 2))),
    (reply, request) => told(reply, request),
  ], async (service) => {
    const { events, answer: final } = await watch(makeClient(service.url, { silence: 150 }));
    assert.equal(text(events), "one two três ");
    assert.deepEqual(final, answer());
  }));

test("patience ends, and the prompt stays to be sent again", async () => {
  const storage = new FakeStorage();
  await FakeService.with((request, reply) => reply.cut(), async (service) => {
    const client = makeClient(service.url, { storage, patience: 1000 });
    const { error, events } = await watch(client);
    assert.equal(error.code, "network");
    // 150, 300 and 600 ms would be more than a second together.
    assert.ok(service.requests.length >= 3 && types(events).at(-1) === "run.failed");
  });
  await FakeService.script([(reply) => reply.json(answer())], async (service) => {
    const [run] = await makeClient(service.url, { storage }).session("s").resume();
    assert.deepEqual(await run.answer, answer());
  });
  assert.equal(storage.items.size, 0);
});

test("what will not do better is given up at once and forgotten", async () => {
  for (const [status, code] of [[401, "unauthorized"], [409, "cleared"], [422, "key-reused"], [502, "model-failed"]]) {
    await FakeService.script([(reply) => reply.problem(status, code)], async (service) => {
      const storage = new FakeStorage();
      assert.equal((await watch(makeClient(service.url, { storage }))).error.code, code);
      assert.equal(storage.items.size, 0);
    });
  }
});

test("a busy session is waited for, unless the prompt says otherwise", () =>
  FakeService.script([
    (reply) => reply.problem(409, "session-busy", { run_id: "run_9" }, { "retry-after": "1" }),
    (reply) => reply.json(answer()),
    (reply) => reply.problem(409, "session-busy", { run_id: "run_9" }, { "retry-after": "1" }),
  ], async (service) => {
    assert.deepEqual((await watch(makeClient(service.url))).answer, answer());
    const { error } = await watch(makeClient(service.url), { ifBusy: "reject" });
    assert.deepEqual([error.code, error.runId], ["session-busy", "run_9"]);
  }));

test("prompts are sent with an asynchronous storage, a broken one and none", async () => {
  const items = new Map();
  const later = (value) => new Promise((resolve) => setImmediate(resolve, value));
  const asynchronous = {
    getItem: (key) => later(items.get(key) ?? null), setItem: (key, value) => later(items.set(key, value)),
    removeItem: (key) => later(items.delete(key)),
  };
  const broken = { getItem() { throw new Error("full"); }, setItem() { throw new Error("full"); }, removeItem() {} };
  const garbled = new FakeStorage();
  garbled.setItem("parley:pending:s", "{");
  for (const storage of [asynchronous, broken, garbled, null]) {
    await FakeService.script([(reply) => reply.streamAll(wire(EVENTS))], async (service) => {
      assert.deepEqual((await watch(makeClient(service.url, { storage }))).answer, answer());
    });
  }
  assert.equal(items.size, 0);
});

test("keys that the service has forgotten are not used again", async () => {
  const storage = new FakeStorage();
  const day = 24 * 3600 * 1000;
  const old = { key: "old", at: Date.now() - day, body: { prompt: "Hello" } };
  storage.setItem("parley:pending:s", JSON.stringify([old]));
  assert.deepEqual(await makeClient("http://127.0.0.1:9", { storage }).session("s").resume(), []);
});

test("where fetch cannot stream, the answer comes in one piece, and a known run is polled", async () => {
  const state = (members) => ({ run_id: "run_1", state: "running", answer: null, problem: null, ...members });
  await FakeService.script([
    (reply) => reply.json(answer()),
    (reply) => reply.json(state()),
    (reply) => reply.json(state({ state: "finished", answer: answer({ summary: "polled" }) })),
    (reply) => reply.json(state({ state: "failed", problem: problem(409, "cancelled") })),
  ], async (service) => {
    const storage = new FakeStorage();
    const client = makeClient(service.url, { storage, streaming: false });
    assert.deepEqual((await watch(client)).answer, answer());
    assert.equal(service.requests[0].headers.accept, "application/json");
    for (const expected of ["polled", "cancelled"]) {
      storage.setItem("parley:pending:s",
        JSON.stringify([{ key: "k", at: Date.now(), run: "run_1", body: { prompt: "Hello" } }]));
      const events = [];
      const [run] = await client.session("s").resume({ onEvent: (event) => note(client, events, event) });
      const { answer: final, error } = await outcome(run);
      assert.equal(final?.summary ?? error.code, expected);
    }
    assert.deepEqual(service.lines, ["POST /agent/run", ...Array(3).fill("GET /agent/runs/run_1")]);
  });
});

test("a body that cannot be streamed after all is read in one piece", () =>
  FakeService.script([(reply) => reply.streamAll(wire(EVENTS))], async (service) => {
    const whole = async (...request) => {
      const response = await fetch(...request);
      const { status, ok, headers } = response;
      return { status, ok, headers, text: () => response.text() };
    };
    const { events } = await watch(makeClient(service.url, { fetch: whole }));
    assert.equal(text(events), "one two três ");
  }));

test("a stream with nothing more to tell leads to the run's state", () =>
  FakeService.script([
    (reply) => reply.stream(wire(EVENTS.slice(0, 2))).then(() => reply.cut()),
    (reply) => reply.response.writeHead(204).end(),
    (reply) => reply.json({ run_id: "run_1", state: "finished", answer: answer() }),
  ], async (service) => {
    assert.deepEqual((await watch(makeClient(service.url))).answer, answer());
    assert.equal(service.lines[2], "GET /agent/runs/run_1");
  }));
