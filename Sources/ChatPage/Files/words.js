// What the page says, in words.

const PROBLEMS = {
  network: "The service cannot be reached. Your message is kept, and can be sent again.",
  unavailable: "The service does not answer right now. Your message is kept, and can be sent again.",
  "malformed-answer": "What came back was not an answer of the service. Are you signed in to this network?",
  unauthorized: "You are not signed in, or no longer.",
  "not-found": "This is not there, or belongs to someone else.",
  "session-busy": "Another request of this conversation is still being worked on.",
  interrupted: "A newer request took the place of this one.",
  cancelled: "Stopped. Nothing was done.",
  cleared: "The conversation was deleted meanwhile.",
  "history-unreadable": "What is stored of this conversation cannot be read. Begin a new one.",
  "key-reused": "This message was sent before with other words.",
  overloaded: "Too much is going on right now. Try again in a moment.",
  "too-large": "The message is too long.",
  "model-failed": "The language model could not answer. Nothing was done.",
  "model-overloaded": "The language model has no room right now. Try again in a moment.",
  "store-unavailable": "Conversations cannot be stored right now, so nothing was done.",
  "taiga-unavailable": "Taiga does not answer right now.",
  draining: "The service is restarting. Try again in a moment.",
  "worker-lost": "The server that worked on this went down. Try again: what it had done is not done twice.",
  deadline: "There was no answer in time, and nothing was done.",
};

/** An error in words. */
export function problem(error) {
  if (error.code === "invalid" && error.fieldErrors.length) {
    const faults = error.fieldErrors.map((one) => `${one.field} ${one.message}`);
    return `The service does not accept this: ${faults.join("; ")}.`;
  }
  if (error.code === "cancelled" && !error.status) return "No longer waited for. What was sent may still be done.";
  return PROBLEMS[error.code] ?? `Something went wrong: ${error.message}.`;
}

/** Why it is tried again. */
export function retrying({ error, delay }) {
  const isLost = ["network", "unavailable", "malformed-answer"].includes(error.code);
  const reason = isLost ? "Connection lost" : problem(error).split(/[.:] /)[0].replace(/\.$/, "");
  return `${reason}. Trying again${delay > 1500 ? ` in ${Math.round(delay / 1000)} s` : ""}…`;
}

/** `taiga_list_members`: List members */
export function toolName(name) {
  const words = name.replace(/^taiga_/, "").replaceAll(/[_-]+/g, " ").trim() || name;
  return words[0].toUpperCase() + words.slice(1);
}

/** What a call is about, in a few words. */
export function toolSubject(call) {
  const { subject, query, name, user_story, task } = call.arguments ?? {};
  const found = [subject, query, name, user_story, task].find((one) => ["string", "number"].includes(typeof one));
  return found === undefined ? "" : String(found);
}

export const toolState = { running: "running", ok: "done", failed: "failed", unknown: "no result" };
export const created = { user_story: "User story", task: "Task" };
