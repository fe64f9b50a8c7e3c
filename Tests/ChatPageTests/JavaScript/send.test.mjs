import assert from "node:assert/strict";
import test from "node:test";
import { ParleyClient, ParleyError } from "../../../Sources/ChatPage/Files/parley-client.js";
import { FakeService, answer, delta, failed, finished, started, wire } from "./fake-service.mjs";
import { context, makeClient, outcome, text, types, watch } from "./support.mjs";

const TOOLS = [
  ["tool.started", { id: "t1", name: "look", arguments: { deep: { er: 1 } } }],
  ["tool.finished", { id: "t1", name: "look", ok: true, duration_ms: 3 }],
];
const WHOLE = [
  started(), delta("Let me "), delta("see."), ...TOOLS, delta("wrong"), ["text.reset", {}],
  ["gap", { from: "8-0", to: "9-0" }], delta("Done."), finished(),
];

test("the callback and the iterator are told of every event", () =>
  FakeService.script([(reply) => reply.streamAll(wire(WHOLE))], async (service) => {
    const client = makeClient(service.url);
    const told = [];
    const run = client.session("s").send("Hello", { onEvent: (event) => told.push(event) });
    const iterated = [];
    for await (const event of run) iterated.push(event);
    const expected = WHOLE.slice(0, -1).map(([type, data]) => ({ type, ...data }));
    assert.deepEqual(told, [...expected, { type: "run.finished", answer: answer() }]);
    assert.equal(text(iterated), text(told));
    assert.deepEqual(types(iterated).filter((type) => type !== "text.delta"),
      types(told).filter((type) => type !== "text.delta"));
    assert.deepEqual(await run.answer, answer());
    assert.equal(run.id, "run_1");
    assert.ok(run.isOver);
  }));

test("what nobody reads yet is kept, text in one piece", () =>
  FakeService.script([(reply) => reply.streamAll(wire([started(), ...Array(500).fill(delta("x")), finished()]))],
    async (service) => {
      const run = makeClient(service.url).session("s").send("Hello");
      await run.answer;
      const events = [];
      for await (const event of run) events.push(event);
      assert.deepEqual(types(events), ["run.started", "text.delta", "run.finished"]);
      assert.equal(text(events).length, 500);
    }));

test("the request is what the service takes", () =>
  FakeService.script([(reply) => reply.json(answer()), (reply) => reply.json(answer())], async (service) => {
    const client = makeClient(service.url, { tokens: { auth_token: "a", refresh: "r" } });
    await watch(client, { session: "s:1", ifBusy: "reject", ttl: "short" });
    await watch(client, { context: { ...context, user_story_id: 9 } });
    const [first, second] = service.requests;
    assert.deepEqual(first.body, {
      ...context, prompt: "Hello", session_id: "s:1", if_busy: "reject", ttl: "short", auth_token: "a", refresh: "r",
    });
    assert.equal(second.body.user_story_id, 9);
    assert.equal(first.headers["x-session-id"], "s:1");
    assert.equal(first.headers.authorization, "Bearer a");
    assert.equal(first.headers.accept, "text/event-stream");
    assert.equal(first.headers["content-type"], "application/json");
    const keys = service.requests.map((request) => request.headers["idempotency-key"]);
    assert.match(keys[0], /^[0-9a-f-]{36}$/);
    assert.notEqual(keys[0], keys[1]);
  }));

test("a problem is a typed error", () =>
  FakeService.script([
    (reply) => reply.problem(422, "invalid", { errors: [{ field: "prompt", message: "must not be empty" }] }),
    (reply) => reply.json("<html>", 404, { "x-request-id": "of the header" }),
  ], async (service) => {
    const { error, events } = await watch(makeClient(service.url));
    assert.ok(error instanceof ParleyError && error instanceof Error);
    assert.equal(error.code, "invalid");
    assert.equal(error.status, 422);
    assert.equal(error.message, "The title of invalid");
    assert.deepEqual(error.fieldErrors, [{ field: "prompt", message: "must not be empty" }]);
    assert.equal(error.requestId, "request-1");
    assert.equal(error.isTransient, false);
    assert.deepEqual(events, [{ type: "run.failed", error }]);
    const other = (await watch(makeClient(service.url))).error;
    assert.deepEqual([other.code, other.status, other.requestId], ["http", 404, "of the header"]);
  }));

test("a run that failed in its stream is the same error, told as the last event", () =>
  FakeService.script([(reply) => reply.streamAll(wire([started(), failed(502, "model-failed")]))], async (service) => {
    const { error, events } = await watch(makeClient(service.url));
    assert.deepEqual([error.code, error.status, error.requestId], ["model-failed", 502, "request-1"]);
    assert.deepEqual(types(events), ["run.started", "run.failed"]);
  }));

test("new tokens are handed on, used from then on, and found in problems and in streams, too", () =>
  FakeService.script([
    (reply) => reply.json(answer({ auth: { auth_token: "a2", refresh: "r2" } })),
    (reply) => reply.problem(404, "not-found", { auth: { auth_token: "a3", refresh: "r3" } }),
    (reply) => {
      const auth = { auth_token: "a4", refresh: "r4" };
      return reply.streamAll(wire([started(), failed(502, "model-failed", { auth })]));
    },
    (reply) => reply.json(answer()),
  ], async (service) => {
    const pairs = [];
    const client = makeClient(service.url, {
      tokens: { auth_token: "a1", refresh: "r1" }, onTokens: (tokens) => pairs.push(tokens.auth_token),
    });
    for (let turn = 0; turn < 4; turn += 1) await watch(client);
    assert.deepEqual(pairs, ["a2", "a3", "a4"]);
    const sent = service.requests.map(({ headers, body }) => [headers.authorization, body.auth_token, body.refresh]);
    assert.deepEqual(sent, [1, 2, 3, 4].map((turn) => [`Bearer a${turn}`, `a${turn}`, `r${turn}`]));
  }));

test("sessions begin, are read and cleared", () =>
  FakeService.script([
    (reply) => reply.json({ session_id: "a b", messages: [], turns: 0 }),
    (reply) => reply.problem(404, "not-found"),
    (reply) => reply.json({ status: "cleared", session_id: "a b" }),
    (reply) => reply.problem(503, "store-unavailable", {}, { "retry-after": "1" }),
  ], async (service) => {
    const client = makeClient(service.url + "/");
    assert.match(client.newSession().id, /^[0-9a-f-]{36}$/);
    assert.notEqual(client.newSession().id, client.newSession().id);
    const session = client.session("a b");
    assert.equal((await session.history()).turns, 0);
    assert.equal(await session.history(), null);
    await session.clear();
    await assert.rejects(session.history(), { code: "store-unavailable", retryAfter: 1 });
    assert.deepEqual(service.lines, [
      "GET /agent/session/a%20b", "GET /agent/session/a%20b", "DELETE /agent/session/a%20b", "GET /agent/session/a%20b",
    ]);
    assert.ok(service.requests.every(({ headers }) => headers["x-session-id"] === "a b"));
  }));

test("ids are random without a crypto, too", () => {
  const { crypto } = globalThis;
  try {
    Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    const id = new ParleyClient({ url: "" }).newSession().id;
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
  }
});

test("a prompt without a context is a mistake of the program", () => {
  assert.throws(() => new ParleyClient({ url: "" }).session("s").send("Hello"), TypeError);
});

test("a callback that throws does not disturb the run", (t) =>
  FakeService.script([(reply) => reply.streamAll(wire(WHOLE))], async (service) => {
    const { mock } = t.mock.method(console, "error", () => {});
    const run = makeClient(service.url).session("s").send("Hello", { onEvent: () => { throw new Error("mine"); } });
    assert.deepEqual((await outcome(run)).answer, answer());
    assert.deepEqual(mock.calls.map((call) => call.arguments[0].message), Array(WHOLE.length).fill("mine"));
  }));
