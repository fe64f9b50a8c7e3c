/**
 * The turns of a stored conversation: `{prompt, parts, created}`; a part is `{text}` or
 * `{call: {id, name, arguments}, state}`. Other programs write histories, too: what is not understood is left out.
 */
export function turnsOf(messages) {
  const turns = [];
  let turn = null;
  const begin = (prompt) => turns.push((turn = { prompt, parts: [], created: [] }));
  for (const message of Array.isArray(messages) ? messages : []) {
    const blocks = blocksOf(message?.content);
    const texts = blocks.filter((block) => block.type === "text" && typeof block.text === "string" && block.text);
    if (message?.role === "user") {
      for (const block of blocks) if (block.type === "tool_result" && turn) finish(turn, block);
      if (texts.length) begin(texts.map((block) => block.text).join("\n\n"));
      continue;
    }
    if (message?.role !== "assistant") continue;
    if (!turn) begin("");
    for (const block of blocks) {
      if (texts.includes(block)) turn.parts.push({ text: block.text });
      else if (block.type === "tool_use") {
        const call = { id: block.id, name: String(block.name), arguments: block.input };
        turn.parts.push({ call, state: "unknown" });
      }
    }
  }
  return turns;
}

function blocksOf(content) {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter((block) => block && typeof block === "object") : [];
}

function finish(turn, result) {
  const part = turn.parts.find((one) => one.call?.id === result.tool_use_id);
  if (!part) return;
  part.state = result.is_error ? "failed" : "ok";
  const type = /create_(user_story|task)/.exec(part.call.name)?.[1];
  if (!type) return;
  try {
    const json = JSON.parse(blocksOf(result.content).map((block) => block.text ?? "").join(""));
    for (const { id, ref, subject } of json.tasks ?? [json]) {
      if (Number.isInteger(id) && typeof subject === "string") turn.created.push({ type, id, ref, subject });
    }
  } catch {
    // A result in words created nothing that could be shown.
  }
}
