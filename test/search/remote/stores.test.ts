import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cassette } from "../../../lib/search/remote/cassette";
import { keyOf, type Exchange } from "../../../lib/search/remote/exchange";
import { folderStore } from "../../../lib/search/remote/folder-store";
import { storesOf } from "../../../lib/search/remote/kept";
import { temporaryFolder } from "../../fixtures";

const url = "http://a.example/search";
const exchange = (term: string, body: string): Exchange => ({
  key: keyOf({ url, params: { term } }),
  url,
  params: { term },
  reply: { status: 200, type: "", body },
});

test("a question's key is its content: no order, no method, no secret", () => {
  const key = keyOf({ url, params: { a: "1", b: "2" } });
  assert.is(keyOf({ url, params: { b: "2", a: "1" }, post: true, secret: { api_key: "s" } }), key);
  assert.is.not(keyOf({ url, params: { a: "1", b: "3" } }), key);
  assert.is.not(keyOf({ url, params: { a: '1","b":"2' } }), key);
});

test("a folder keeps exchanges for whoever opens it, and a damaged file counts as absent", () => {
  const folder = temporaryFolder();
  const one = exchange("x", "{}");
  folderStore(folder).put(one);
  assert.equal(folderStore(folder).get(one.key), one);
  assert.is(folderStore(folder).get(exchange("y", "").key), undefined);
  const [shard] = readdirSync(folder);
  writeFileSync(join(folder, shard!, `${one.key}.json`), '{"key":');
  assert.is(folderStore(folder).get(one.key), undefined);
});

test("a cassette plays what was recorded, the later of two answers; a torn last line is dropped", async () => {
  const file = join(temporaryFolder(), "run", "cassette.jsonl");
  const recording = cassette(file, { play: false });
  for (const one of [exchange("x", "1"), exchange("y", "2"), exchange("x", "3")]) recording.put(one);
  appendFileSync(file, '{"key":"torn'); // a crash while writing
  assert.is((await cassette(file, { play: true }).get(exchange("x", "").key))!.reply.body, "3");
  const continued = cassette(file, { play: false });
  continued.put(exchange("z", "4"));
  const played = cassette(file, { play: true });
  assert.equal(
    await Promise.all(["x", "y", "z"].map(async (term) => (await played.get(exchange(term, "").key))!.reply.body)),
    ["3", "2", "4"],
  );
  played.put(exchange("w", "5"));
  assert.not.match(readFileSync(file, "utf8"), '"w"'); // playing writes nothing
});

test("a line that is no exchange, and a cassette that is not there, are errors that name the file", () => {
  const file = join(temporaryFolder(), "cassette.jsonl");
  assert.throws(
    () => cassette(file, { play: true }),
    (error: Error) => error.name === "CorruptData" && error.message.includes("no such cassette"),
  );
  writeFileSync(file, 'rubbish\n{"key":"a"}\n');
  assert.throws(
    () => cassette(file, { play: true }),
    (error: Error) => error.message.startsWith(`${file}:1`),
  );
});

test("replaying and recording at once is refused", () => {
  assert.throws(
    () => storesOf("eutils", { replay: "a", record: "b" }),
    (error: Error) => error.name === "TypeError" && error.message.includes('record is "b"'),
  );
});

test.run();
