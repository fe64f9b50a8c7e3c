import assert from "node:assert/strict";
import test from "node:test";
import { FakeService, FakeStorage, answer, delta, failed, finished, started, wire } from "./fake-service.mjs";
import { makeClient, note, outcome, types } from "./support.mjs";

/** A promise, and what fulfils it. */
function gate() {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  return { open, opened };
}

/** A service whose run goes on until it is cancelled, and ends with `end`. */
function cancellable(end, { named = Promise.resolve(), refusals = 0 } = {}) {
  const cancelled = gate();
  let cancels = 0;
  return async (request, reply) => {
    if (request.path === "/agent/runs/run_1/cancel") {
      cancels += 1;
      if (cancels <= refusals) return reply.problem(503, "store-unavailable", {}, { "retry-after": "0" });
      cancelled.open();
      return reply.json({ run_id: "run_1", state: "running" }, 202);
    }
    await reply.stream(": begins\n\n");
    await named;
    await reply.more(wire([started(), delta("I ")]));
    await cancelled.opened;
    reply.response.end(wire([end], 3));
  };
}

const cancels = (service) => service.lines.filter((line) => line === "POST /agent/runs/run_1/cancel").length;

test("a run is cancelled, and its answer tells what was done until then", () =>
  FakeService.with(cancellable(finished({ stopped_by: "cancelled", warnings: ["Cancelled"] })), async (service) => {
    const run = makeClient(service.url).session("s").send("Hello");
    for await (const event of run) {
      if (event.type === "text.delta") run.cancel();
      if (event.type === "run.finished") assert.equal(event.answer.stopped_by, "cancelled");
    }
    assert.equal((await run.answer).stopped_by, "cancelled");
    await run.cancel();
    assert.equal(cancels(service), 1);
  }));

test("a run that had done nothing fails as cancelled, and is not asked for again", () =>
  FakeService.with(cancellable(failed(409, "cancelled")), async (service) => {
    const storage = new FakeStorage();
    const run = makeClient(service.url, { storage }).session("s").send("Hello");
    for await (const event of run) if (event.type === "text.delta") run.cancel();
    const { error } = await outcome(run);
    assert.deepEqual([error.code, error.status], ["cancelled", 409]);
    assert.equal(storage.items.size, 0);
  }));

test("a cancel is repeated until the service takes it", () =>
  FakeService.with(cancellable(failed(409, "cancelled"), { refusals: 3 }), async (service) => {
    const client = makeClient(service.url);
    const run = client.session("s").send("Hello");
    for await (const event of run) if (event.type === "text.delta") run.cancel();
    assert.equal(cancels(service), 4);
  }));

test("a run that has no name yet is cancelled when it gets one", async () => {
  const named = gate();
  await FakeService.with(cancellable(failed(409, "cancelled"), { named: named.opened }), async (service) => {
    const run = makeClient(service.url).session("s").send("Hello");
    while (!service.requests.length) await new Promise(setImmediate);
    run.cancel();
    assert.equal(cancels(service), 0);
    named.open();
    assert.equal((await outcome(run)).error.code, "cancelled");
    assert.equal(cancels(service), 1);
  });
});

test("a run that gets no name in time is left to itself, and its prompt is forgotten", () =>
  FakeService.with(() => {}, async (service) => {
    const storage = new FakeStorage();
    const run = makeClient(service.url, { storage }).session("s").send("Hello");
    while (!service.requests.length) await new Promise(setImmediate);
    await run.cancel(50);
    assert.equal((await outcome(run)).error.code, "cancelled");
    assert.equal(storage.items.size, 0);
  }));

test("a prompt that waits for its next attempt is taken back at once", () =>
  FakeService.with((request, reply) => reply.problem(503, "draining", {}, { "retry-after": "30" }), async (service) => {
    const run = makeClient(service.url).session("s").send("Hello");
    const begin = performance.now();
    for await (const event of run) if (event.type === "retrying") run.cancel();
    assert.equal((await outcome(run)).error.code, "cancelled");
    assert.ok(performance.now() - begin < 2000);
  }));

test("who stops watching stops at once, also between two attempts", () =>
  FakeService.with((request, reply) => reply.problem(503, "draining", {}, { "retry-after": "30" }), async (service) => {
    const storage = new FakeStorage();
    const leave = new AbortController();
    const run = makeClient(service.url, { storage }).session("s").send("Hello", { signal: leave.signal });
    for await (const event of run) if (event.type === "retrying") leave.abort();
    assert.equal((await outcome(run)).error.code, "aborted");
    assert.equal(storage.items.size, 1);
  }));

test("two prompts of a session are kept apart", () =>
  FakeService.with((request, reply) => {
    if (request.body.prompt === "first") return reply.problem(503, "draining", {}, { "retry-after": "30" });
    return reply.json(answer());
  }, async (service) => {
    const storage = new FakeStorage();
    const client = makeClient(service.url, { storage });
    const leave = new AbortController();
    const first = client.session("s").send("first", { signal: leave.signal });
    assert.deepEqual(await client.session("s").send("second", { ifBusy: "interrupt" }).answer, answer());
    leave.abort();
    await outcome(first);
    const events = [];
    const resumed = await makeClient(service.url, { storage }).session("s").resume({
      onEvent: (event) => note(client, events, event),
    });
    assert.deepEqual(resumed.map((run) => run.prompt), ["first"]);
    await resumed[0].cancel();
    assert.equal((await outcome(resumed[0])).error.code, "cancelled");
    assert.deepEqual(types(events), ["run.failed"]);
    assert.equal(service.requests.filter(({ body }) => body.prompt === "first").length, 1);
  }));
