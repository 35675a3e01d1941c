import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { mapLimit } from "../../../lib/core/calls/limit";
import { random } from "../../../lib/core/random";
import { eutils } from "../../../lib/search/eutils/eutils";
import { esearchPage, loopback, tooFast, type Said } from "./loopback";

/** What NCBI has been recorded to answer instead of a result: all of these are outages, or ask for another manner. */
export const troubles = (
  errors: readonly { api: string; name: string; status?: number; body: string }[],
): readonly Said[] => [
  ...errors
    .filter(({ api, name }) => api === "eutils" && !/json-terms|xml-zero|xml-2003/.test(name))
    .map(({ status = 200, body }) => ({ status, body })),
  { status: 414, type: "text/html", body: "<html><title>Submitted URI too large!</title></html>" },
  { status: 500, body: "" },
  { status: 502, type: "text/html", body: "<html>Bad gateway</html>" },
  { status: 503, body: "" },
  { status: 200, type: "text/html", body: "<html>Welcome to the hotel</html>" },
  { status: 200, body: '{"header":{"type":"esearch"},"esearchresult":{"count":"50","idlist":["1","2' },
  { status: 200, body: "" },
  { body: "", hangUp: true },
];

/**
 * `questions` searches, 64 at a time, of a server on loopback that counts 10 requests in any second and answers
 * question i with an error i mod 3 times before it answers: half of its replies are one of `wrong`. It gives 429 to
 * whoever is faster: those are `provoked`.
 */
export async function manners(questions: number, wrong: readonly Said[], folder: string) {
  const rng = random("manners");
  let [provoked, thrown] = [0, 0];
  const asked = new Map<string, number>();
  const server = await loopback(({ method, params }) => {
    if (tooFast(server.seen, 10)) {
      provoked++;
      return { status: 429, body: '{"error":"API rate limit exceeded","count":"11"}' };
    }
    const term = params["term"]!;
    const before = asked.get(term) ?? 0;
    asked.set(term, before + 1);
    if (before < Number(term.split(" ")[1]) % 3) {
      const trouble = wrong[thrown++ % wrong.length]!;
      // a form is never too long
      return trouble.status === 414 && method === "POST" ? wrong[thrown++ % wrong.length]! : trouble;
    }
    return { body: esearchPage(100 + term.length, params), delay: rng.below(100) };
  });
  const record = join(folder, "cassette.jsonl");
  const queries = Array.from({ length: questions }, (_, i) => `query ${i} x${"x".repeat(i % 50)}`);
  const ask = (engine: ReturnType<typeof eutils>) => mapLimit(queries, 64, (query) => engine.search(query, 50));
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  stalls.enable();
  const results = await ask(eutils({ base: server.base, apiKey: "secret", record, cache: join(folder, "cache") }));
  stalls.disable();
  const { seen } = server;
  const terms = seen.map(({ params }) => params["term"]);
  // while questions were waiting for their first turn
  const busy = seen.slice(0, 1 + terms.indexOf([...new Set(terms)].at(-1)!));
  const perSecond = ((busy.length - 1) * 1000) / (busy.at(-1)!.at - busy[0]!.at);
  await server.close();

  const outagesAsResults = results.filter(
    ({ total, hits }, i) => total !== 100 + queries[i]!.length || hits.length !== 50,
  ).length;
  const replayed = await ask(eutils({ base: server.base, replay: record }));
  const warm = eutils({ base: server.base, cache: join(folder, "cache") });
  const started = performance.now();
  await Promise.all(queries.slice(0, 64).map((query) => warm.search(query, 50)));
  const warmMilliseconds = performance.now() - started;
  return {
    questions,
    requests: seen.length,
    perSecond,
    provoked,
    thrown,
    outagesAsResults,
    longestStall: stalls.max / 1e6,
    warm64Milliseconds: warmMilliseconds,
    replayIdentical: JSON.stringify(replayed) === JSON.stringify(results),
  };
}

export const recordedErrors = (file: string): readonly Said[] =>
  troubles(JSON.parse(readFileSync(file, "utf8")) as Parameters<typeof troubles>[0]);
