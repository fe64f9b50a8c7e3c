import assert from "node:assert/strict";
import test from "node:test";
import { ConversationList } from "../../../Sources/ChatPage/Files/conversation-list.js";
import { Directory } from "../../../Sources/ChatPage/Files/directory.js";
import { turnsOf } from "../../../Sources/ChatPage/Files/history.js";
import { ParleyError } from "../../../Sources/ChatPage/Files/parley-client.js";
import * as words from "../../../Sources/ChatPage/Files/words.js";
import { FakeService, FakeStorage } from "./fake-service.mjs";
import { makeClient } from "./support.mjs";

const use = (id, name, input) => ({ type: "tool_use", id, name, input });
const result = (id, content, members = {}) => ({ type: "tool_result", tool_use_id: id, content, ...members });

test("a stored conversation becomes turns with texts, tools and what they created", () => {
  const task = (id) => ({ id, ref: id + 1, subject: `Task ${id}`, version: 1 });
  const turns = turnsOf([
    { role: "user", content: "Make some" },
    { role: "assistant", content: [{ type: "text", text: "I look." }, use("a", "taiga_list_members", {})] },
    { role: "user", content: [result("a", "{}")] },
    { role: "assistant", content: [
      use("b", "taiga_create_task", { subject: "Task 1" }), use("c", "taiga_create_tasks", {}),
      use("d", "taiga_create_user_story", {}), use("e", "taiga_create_task", {}),
    ] },
    { role: "user", content: [
      result("b", JSON.stringify(task(1))),
      result("c", [{ type: "text", text: JSON.stringify({ tasks: [task(2), task(3)] }) }]),
      result("d", "no", { is_error: true }),
    ] },
    { role: "assistant", content: "Done." },
    { role: "user", content: [{ type: "text", text: "Thanks" }] },
  ]);
  assert.deepEqual(turns.map((turn) => turn.prompt), ["Make some", "Thanks"]);
  const parts = turns[0].parts.map((part) => part.text ?? `${part.call.name} ${part.state}`);
  assert.deepEqual(parts, [
    "I look.", "taiga_list_members ok", "taiga_create_task ok", "taiga_create_tasks ok",
    "taiga_create_user_story failed", "taiga_create_task unknown", "Done.",
  ]);
  const created = [1, 2, 3].map((id) => ({ type: "task", id, ref: id + 1, subject: `Task ${id}` }));
  assert.deepEqual(turns[0].created, created);
});

test("what another program has stored in another shape is left out", () => {
  const odd = [null, 7, { role: "user" }, { role: "user", content: [null, 3] }];
  for (const messages of [undefined, null, {}, "text", odd]) assert.deepEqual(turnsOf(messages), []);
  const [turn] = turnsOf([{ role: "assistant", content: "Hello" }]);
  assert.deepEqual(turn, { prompt: "", parts: [{ text: "Hello" }], created: [] });
});

test("the list keeps fifty conversations, those used last first, under their first prompts", () => {
  const storage = new FakeStorage();
  const list = new ConversationList(storage);
  for (let number = 0; number < 60; number += 1) list.use(`s${number}`, `Prompt ${number}`);
  list.use("s20", "Another prompt");
  list.remove("s58");
  const again = new ConversationList(storage).all;
  assert.equal(again.length, 49);
  assert.deepEqual(again.slice(0, 3), [
    { id: "s20", title: "Prompt 20" }, { id: "s59", title: "Prompt 59" }, { id: "s57", title: "Prompt 57" },
  ]);
  list.use("long", "\u{1F642}".repeat(100));
  assert.equal(list.all[0].title, "\u{1F642}".repeat(80));
  storage.setItem("parley:conversations", "{");
  assert.deepEqual(new ConversationList(storage).all, []);
});

test("a service without the routes is the sandbox's, and is not asked again", () =>
  FakeService.script([(reply) => reply.problem(404, "not-found")], async (service) => {
    const directory = new Directory(makeClient(service.url));
    const setup = await directory.setup();
    assert.deepEqual([setup.sign_in, setup.project_id, setup.milestone_id], ["none", 1729875, 499548]);
    assert.equal(setup.user.id, 738718);
    assert.equal(await directory.projects(), null);
    assert.equal(await directory.milestones(1), null);
    assert.equal(await directory.userStories(1, 2), null);
    assert.equal(service.requests.length, 1);
  }));

test("who signs in is shown what they may see", () =>
  FakeService.script([
    (reply) => reply.json({ sign_in: "taiga", user: null, project_id: null, milestone_id: null }),
    (reply) => reply.problem(401, "unauthorized"),
    (reply) => reply.json({ auth_token: "a", refresh: "r", user: { id: 3, username: "alex", email: "", roles: [] } }),
    (reply) => reply.json({ projects: [{ id: 1, name: "One" }] }),
    (reply) => reply.json({ user_stories: [{ id: 4, ref: 5, subject: "Login" }] }),
    (reply) => reply.problem(503, "taiga-unavailable"),
  ], async (service) => {
    const client = makeClient(service.url);
    const directory = new Directory(client);
    assert.equal((await directory.setup()).user, null);
    await assert.rejects(directory.signIn("alex", "wrong"), { code: "unauthorized" });
    assert.equal(client.tokens, null);
    assert.equal((await directory.signIn("alex", "right")).username, "alex");
    assert.deepEqual(await directory.projects(), [{ id: 1, name: "One" }]);
    assert.equal((await directory.userStories(1, 2))[0].subject, "Login");
    await assert.rejects(directory.milestones(1), { code: "taiga-unavailable" });
    assert.deepEqual(service.requests[2].body, { username: "alex", password: "right" });
    assert.deepEqual(service.requests.slice(3).map(({ headers }) => headers.authorization), Array(3).fill("Bearer a"));
    assert.equal(service.requests[4].path, "/agent/projects/1/user_stories?milestone_id=2");
  }));

test("every problem has words, and none of them is a code", () => {
  const errors = [{ field: "prompt", message: "must not be empty" }];
  assert.equal(words.problem(new ParleyError("invalid", "", { errors })),
    "The service does not accept this: prompt must not be empty.");
  const unknown = new ParleyError("brand-new", "The moon is full");
  assert.equal(words.problem(unknown), "Something went wrong: The moon is full.");
  const retry = (code, delay) => words.retrying({ error: new ParleyError(code, ""), delay });
  assert.equal(retry("network", 300), "Connection lost. Trying again…");
  assert.equal(retry("draining", 4000), "The service is restarting. Trying again in 4 s…");
});

test("tools and what they are about have names that people read", () => {
  assert.equal(words.toolName("taiga_list_user_stories"), "List user stories");
  assert.equal(words.toolName("taiga_"), "Taiga_");
  assert.equal(words.toolSubject({ arguments: { subject: "Login", id: 3 } }), "Login");
  assert.equal(words.toolSubject({ arguments: { user_story: 0 } }), "0");
  assert.equal(words.toolSubject({}), "");
});
