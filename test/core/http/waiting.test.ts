import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { snapshot } from "../../../lib/data/hub/hub";
import { postJson } from "../../../lib/core/http/post-json";
import { longest, waitFor, waitingDefaults } from "../../../lib/core/http/waiting";
import { openAI } from "../../../lib/models/remote/openai";
import { clinicalTrials } from "../../../lib/search/clinical-trials/clinical-trials";
import { embeddings } from "../../../lib/search/dense/embeddings";
import { eutils } from "../../../lib/search/eutils/eutils";
import { openSearch } from "../../../lib/search/opensearch/opensearch";
import { temporaryFolder } from "../../fixtures";
import { freePort } from "../../free-port";

const plan = { attempts: 3, timeoutSeconds: 20, firstPause: 1 };

test("the longest wait is every attempt's time and the pauses between them, which double up to 30 s", () => {
  assert.is(longest(plan), 63); // 3 · 20 + 1 + 2
  assert.is(longest({ attempts: 8, timeoutSeconds: 0, firstPause: 1 }), 91); // 1 + 2 + 4 + 8 + 16 + 30 + 30
});

test(
  "a server that cannot be reached, or fails, is named in a line with what is tried again and how " + "long",
  async () => {
    const said: string[] = [];
    const watch = (url: string, there: boolean) =>
      waitFor("PubMed", url, plan, { patience: 10, say: (line) => said.push(line), reachable: async () => there });
    const silent = watch("http://a.example/x?key=secret", false);
    await sleep(60);
    silent.end();
    assert.equal(said, [
      "PubMed (http://a.example) does not answer; waiting up to 20 s for it (3 attempts, at most 63 s in all). " +
        "Interrupt to stop waiting.",
    ]);
    said.length = 0;
    const busy = watch("http://b.example/", true);
    busy.failed("HTTP 503", 2);
    await sleep(60);
    busy.end();
    assert.equal(said, [
      "PubMed (http://b.example) does not answer: HTTP 503; trying again in 2 s, attempt 2 (3 attempts, at most 63 " +
        "s in all). Interrupt to stop waiting.",
    ]); // once, though it looked several times
  },
);

test("a server that is there and takes its time is at work: nothing is said; nor of a call that is over", async () => {
  const said: string[] = [];
  const slow = waitFor("a model", "http://c.example", plan, {
    patience: 10,
    say: (line) => said.push(line),
    reachable: async () => true,
  });
  const quick = waitFor("a model", "http://c.example", plan, {
    patience: 10,
    say: (line) => said.push(line),
    reachable: async () => false,
  });
  quick.end();
  await sleep(60);
  slow.end();
  assert.equal(said, []);
});

test("the first line comes within five seconds", () =>
  assert.ok(waitingDefaults.patience + waitingDefaults.reach < 5000));

const services: Readonly<Record<string, (base: string, signal: AbortSignal) => Promise<unknown>>> = {
  "E-utilities": (base, signal) => eutils({ base }).search("asthma", 1, { signal }),
  "ClinicalTrials.gov": (base, signal) => clinicalTrials({ base }).search("asthma", 1, { signal }),
  "the hub": (endpoint, signal) => snapshot("o/r", ["x"], { endpoint, cache: temporaryFolder(), signal }),
  "an OpenAI-compatible server": (base, signal) => openAI(`${base}/v1`, "m").generate(["a"], { signal }),
  OpenSearch: (base, signal) => openSearch(base, "i").search("asthma", 1, { signal }),
  embeddings: (base, signal) => embeddings(`${base}/v1`, "m").embed(["a"], { signal }),
  "any other": (base, signal) => postJson("it", base, {}, { attempts: 9, signal }),
};

test(
  "whatever service is down, a reader is told on standard error within five seconds, and no later than the wait " +
    "ends",
  async () => {
    const write = process.stderr.write;
    let said = "";
    process.stderr.write = (text: string | Uint8Array) => ((said += String(text)), true);
    const stop = new AbortController();
    try {
      const ends = await Promise.all(
        Object.entries(services).map(async ([name, call]) => {
          const base = `http://127.0.0.1:${await freePort()}`;
          const from = performance.now();
          const ended = call(base, stop.signal)
            .then(
              () => "answered",
              (error: Error) => error.name,
            )
            .then((how) => ({ how, after: performance.now() - from }));
          const told = (async () => {
            while (!said.includes(base) && performance.now() - from < 30_000) await sleep(50);
            return said.includes(base);
          })();
          const first = await Promise.race([ended.then(({ how, after }) => how !== "answered" && after < 5000), told]);
          return [name, first] as const;
        }),
      );
      stop.abort();
      assert.equal(
        ends.filter(([, fine]) => !fine).map(([name]) => name),
        [],
      );
      assert.match(said, /does not answer.*trying again.*attempts, at most .* in all/);
    } finally {
      stop.abort();
      process.stderr.write = write;
    }
  },
);

test.run();
