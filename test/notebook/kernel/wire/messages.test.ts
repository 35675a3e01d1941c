import { createHmac } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decode, encode, newHeader, sign, type Message } from "../../../../lib/notebook/kernel/wire/messages";

const key = "a key that nobody guesses";
const message = (content: Message["content"] = { code: "1 + 1" }): Message => ({
  routing: [Buffer.from("who")],
  header: newHeader("execute_request", "session", "somebody", "id"),
  parent: {},
  metadata: {},
  content,
});
const frames = (sent: readonly (Buffer | string)[]): Buffer[] => sent.map((frame) => Buffer.from(frame));
const replaced = (sent: readonly Buffer[], at: number, frame: Buffer): Buffer[] =>
  sent.map((other, i) => (i === at ? frame : other));
const why = (received: readonly Buffer[], withKey = key): string => {
  const decoded = decode(received, withKey);
  return decoded.kind === "refused" ? decoded.why : "accepted";
};

test("what was encoded is decoded, routing prefix and umlauts included", () => {
  const sent = message({ code: "const größe = '🧬';" });
  const decoded = decode(frames(encode(sent, key)), key);
  assert.equal(decoded, { kind: "message", message: sent });
});

test("the signature is HMAC-SHA256 over the four JSON frames, in hex", () => {
  const parts = ["{}", "{}", "{}", "{}"];
  assert.is(sign(parts, key), createHmac("sha256", key).update("{}{}{}{}").digest("hex"));
  assert.is(sign(parts, key).length, 64);
});

test("an empty key means unsigned", () => {
  assert.is(sign(["{}"], ""), "");
  assert.is(why(frames(encode(message(), "")), ""), "accepted");
});

test("a routing prefix may have any length, and buffers may follow the content", () => {
  const [, ...rest] = frames(encode(message(), key));
  assert.is(why(rest), "accepted");
  assert.is(why([Buffer.from("a"), Buffer.from("b"), ...rest, Buffer.alloc(3)]), "accepted");
});

test("another key, a changed frame and a missing signature are refused before anything is parsed", () => {
  const sent = frames(encode(message(), key));
  assert.match(why(sent, "another key"), /signature does not match/);
  assert.match(why(replaced(sent, 6, Buffer.from('{"code":"evil"}'))), /signature does not match/);
  assert.match(why(replaced(sent, 2, Buffer.alloc(0))), /signature does not match/);
  assert.match(why(replaced(sent, 6, Buffer.from("not JSON"))), /signature does not match/);
});

test("truncated and malformed messages are refused with a reason", () => {
  const signed = (...parts: string[]): Buffer[] => frames(["<IDS|MSG>", sign(parts, key), ...parts]);
  const header = JSON.stringify(newHeader("t", "s", "u"));
  assert.match(why([]), /no <IDS\|MSG>/);
  assert.match(why(frames(["<IDS|MSG>", "", "{}"])), /2 frames after/);
  assert.match(why(signed(header, "{}", "{}", "nonsense")), /not a JSON object/);
  assert.match(why(signed(header, "[]", "{}", "{}")), /not a JSON object/);
  assert.match(why(signed('{"msg_id":"x"}', "{}", "{}", "{}")), /header lacks/);
});

test("10,000 random messages are refused, every one, without an exception", () => {
  let state = 1;
  const byte = (): number => (state = (state * 48271) % 2147483647) & 255;
  for (let i = 0; i < 10_000; i++) {
    const random = Array.from({ length: byte() % 8 }, () => Buffer.from(Array.from({ length: byte() % 40 }, byte)));
    assert.is(decode(i % 2 ? random : [Buffer.from("<IDS|MSG>"), ...random], key).kind, "refused");
  }
});

test.run();
