import { test } from "uvu";
import * as assert from "uvu/assert";
import { completionOf } from "../../../lib/prompts/templates";
import { esearchPage, loopback } from "../../search/remote/loopback";
import { redisServer } from "../../search/remote/shared/redis-server";
import { post, serving } from "./serving-process";

const item = (query: string) => ({ completion: completionOf(query), label: "synthetic-0001" });

test("two servers on one Redis keep PubMed's limit together, and one has the answers of the other", async () => {
  const redis = await redisServer();
  if (!redis) return;
  const pubmed = await loopback(({ params }) => ({ body: esearchPage(5, params) }));
  const args = ["--task", "pubmed", "--engine", `pubmed:${pubmed.base}`, "--redis", redis.url];
  const env = { NCBI_API_KEY: "" };
  const [one, other] = await Promise.all([serving(args, env), serving(args, env)]);

  // 12 searches from each of two servers: alone, each would send 3 a second
  const scored = await Promise.all(
    Array.from({ length: 24 }, (_, i) => post(`${i % 2 ? one.url : other.url}/score`, { items: [item(`term${i}`)] })),
  );
  for (const { status, body } of scored) {
    assert.is(status, 200);
    assert.equal(body["rewards"], [-2.5], "five hits, none of them relevant");
  }
  assert.is(pubmed.seen.length, 24);
  for (const [i, { at }] of pubmed.seen.entries())
    if (i >= 3) {
      const milliseconds = at - pubmed.seen[i - 3]!.at;
      assert.ok(milliseconds > 1000, `requests ${i - 3} to ${i} came within ${milliseconds.toFixed(0)} ms`);
    }

  await Promise.all([one, other].map(({ url }) => post(`${url}/score`, { items: [item("term0"), item("term1")] })));
  assert.is(pubmed.seen.length, 24, "what one server asked, the other knows");
  assert.equal(await Promise.all([one.stop(), other.stop()]), [0, 0]);
  await pubmed.close();
  await redis.stop();
});

test("a server whose Redis is not there does not start, and says why", async () => {
  try {
    await serving(["--task", "evidence", "--redis", "redis://127.0.0.1:1"]);
    assert.unreachable("it started");
  } catch (error) {
    assert.match((error as Error).message, /serve ended with 1: .*Redis did not answer: .*Start it, correct --redis/);
  }
});

test("a task that is not there is a mistake of the command line", async () => {
  for (const [args, why] of [
    [["--task", "pubmet"], /--task pubmet: there is no such task or file\. Tasks: pubmed\[:SPLIT\], /],
    [["--task", "pubmed:tset"], /a split is train, validation, test/],
    [["--task", "sql", "--task", "sql"], /two tasks would be called "sql"/],
    [["--write-shim", "shim.py"], /for which rewards\?/],
  ] as const)
    try {
      await serving(args);
      assert.unreachable("it started");
    } catch (error) {
      assert.match((error as Error).message, /serve ended with 2/);
      assert.match((error as Error).message, why);
    }
});

test.run();
