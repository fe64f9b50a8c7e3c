import assert from "node:assert/strict";
import test from "node:test";
import { EventStreamParser, backOff } from "../../../Sources/ChatPage/Files/parley-client.js";

const STREAM = "\u{1F642}: a comment\r\nid: 1-0\r\nevent: first\r\ndata: {\"a\":1}\r\n\r\n: still here\n\n"
  + "data: one\rdata\rdata:  two\r\rid: 3-0\nretry: 500\n\nid: 4-0\nevent: last\ndata: é\nnonsense\n\n"
  + "event: unfinished\ndata: x\n";
const EVENTS = [
  { id: "1-0", name: "first", data: "{\"a\":1}" },
  { id: null, name: "message", data: "one\n\n two" },
  { id: "4-0", name: "last", data: "é" },
];

test("a stream cut anywhere gives the same events", () => {
  for (let first = 0; first <= STREAM.length; first += 1) {
    for (let second = first; second <= STREAM.length; second += 1) {
      const parser = new EventStreamParser();
      const pieces = [STREAM.slice(0, first), STREAM.slice(first, second), STREAM.slice(second)];
      assert.deepEqual(pieces.flatMap((piece) => parser.push(piece)), EVENTS);
      assert.equal(parser.retry, 500);
    }
  }
});

test("a long line in small pieces takes time in proportion to its length", () => {
  const time = (pieces) => {
    const parser = new EventStreamParser();
    const begin = performance.now();
    parser.push("data: ");
    for (let number = 0; number < pieces; number += 1) parser.push("x".repeat(64));
    assert.equal(parser.push("\n\n")[0].data.length, pieces * 64);
    return performance.now() - begin;
  };
  time(20_000);
  const [short, long] = [time(10_000), time(160_000)];
  assert.ok(long < 100 + 64 * short, `10,000 pieces: ${short} ms, 160,000: ${long} ms`);
});

test("waits double up to 15 s, by chance, and never fall below what the server asked for", () => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const whole = Math.min(15000, 300 * 2 ** attempt);
    assert.equal(backOff(attempt, null, () => 0), whole / 2);
    assert.equal(backOff(attempt, null, (most) => most), whole);
    assert.equal(backOff(attempt, 7000, () => 0), 7000);
    const waits = new Set(Array.from({ length: 20 }, () => backOff(attempt, 7000)));
    assert.ok(Math.min(...waits) >= 7000 && waits.size > 10);
  }
});
