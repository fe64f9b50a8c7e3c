import { ParleyClient } from "../../../Sources/ChatPage/Files/parley-client.js";
import { FakeStorage } from "./fake-service.mjs";

export const context = {
  project_id: 1, milestone_id: 2,
  user_context: { id: 3, username: "alex", email: "alex@example.com", roles: ["Back"] },
};

/** A client that does not wait between attempts. */
export function makeClient(url, options = {}) {
  const storage = new FakeStorage();
  return new ParleyClient({ url, context, storage, jitter: () => 0, ...options });
}

/** Sends a prompt, without waiting between attempts; the events that were told, and how it ended. */
export async function watch(client, { session = "s", prompt = "Hello", ...options } = {}) {
  const events = [];
  const run = client.session(session).send(prompt, { ...options, onEvent: (event) => note(client, events, event) });
  return { run, events, ...(await outcome(run)) };
}

export function note(client, events, event) {
  events.push(event);
  if (event.type === "retrying") setImmediate(() => client.wake());
}

export async function outcome(run) {
  try {
    return { answer: await run.answer, error: null };
  } catch (error) {
    return { answer: null, error };
  }
}

export const text = (events) => events.filter((one) => one.type === "text.delta").map((one) => one.text).join("");
export const types = (events) => events.map((one) => one.type);
