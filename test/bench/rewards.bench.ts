import { random } from "../../lib/core/random";
import type { Problem } from "../../lib/core/records";
import type { SearchEngine, SqlDatabase } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { type Family, familyOf } from "../../lib/rewards/families";
import { scoreCompletion } from "../../lib/rewards/score";
import { spansOf } from "../../lib/rewards/spans";
import { sqlite, sqlitePool } from "../../lib/search/sql/sqlite";

const hitsEach = 3000;
const passagesInAll = 20_000;
const wordsEach = 100;

/**
 * Rewards a second on one core, a family at a time: parsing, measuring and the table, with engines that answer at
 * once. A second is one of this process' own CPU time, so that a busy machine does not count; the figures of SQLite,
 * which works in another process, are of wall time. Each search brings as many hits as the family looks at, 3000 in
 * most.
 *
 * `rank, all misses` looks through all 3000 passages every time; `rank` meets an answer at a rank drawn evenly on a
 * log scale, or not at all. `execution, SQLite` really runs two statements, each over 1000 rows; `statements alone` is
 * how often the two can be run there without a reward.
 */
export async function bench(
  { seconds = "2" }: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<Record<string, number>> {
  const rng = random("rewards");
  const words = Array.from({ length: 5000 }, (_, i) => `w${i.toString(36)}`);
  const texts = Array.from({ length: passagesInAll }, () =>
    Array.from({ length: wordsEach }, () => rng.pick(words)).join(" "),
  );
  const lists = Array.from({ length: 50 }, () =>
    rng
      .shuffle(Array.from({ length: passagesInAll }, (_, i) => i))
      .slice(0, hitsEach)
      .map((id, i) => ({ docId: String(id), score: -i })),
  );
  let call = 0;
  const engine: SearchEngine = {
    name: "ready",
    search: async () => ({ hits: lists[call++ % lists.length]!, total: hitsEach, warnings: [] }),
  };
  const spans = spansOf((docId) => texts[Number(docId)]!);
  const rows = Array.from({ length: 100 }, (_, i) => [i, `name ${i}`, i / 3]);
  const database: SqlDatabase = { name: "ready", execute: async () => ({ kind: "rows", rows }) };

  const labels = (n: number): Problem["judgments"] =>
    Object.fromEntries(Array.from({ length: n }, () => [String(rng.below(passagesInAll)), 1 + rng.below(2)]));
  const answersAt = (list: number, rank: number): readonly string[] => [
    lists[list]![rank] ? texts[Number(lists[list]![rank]!.docId)]!.split(" ").slice(40, 43).join(" ") : "no such words",
  ];
  const problems: Readonly<Record<string, { readonly family: Family; readonly of: (i: number) => Partial<Problem> }>> =
    {
      recall: { family: familyOf("pubmed"), of: () => ({ judgments: labels(40) }) },
      rank: {
        family: familyOf("nq_serini"),
        of: (i) => ({ judgments: {}, answers: answersAt(i % lists.length, Math.floor(10 ** (rng.next() * 3.6))) }),
      },
      "rank, all misses": {
        family: familyOf("squad"),
        of: () => ({ judgments: {}, answers: ["no such words", "nor these", "or those"] }),
      },
      "nDCG@3000": { family: familyOf("hotpotqa_train"), of: () => ({ judgments: labels(2) }) },
      "nDCG@10": { family: familyOf("nfcorpus_test"), of: () => ({ judgments: labels(40) }) },
      execution: {
        family: familyOf("bird_train"),
        of: () => ({ judgments: {}, sql: { database: "ready", gold: "SELECT 2", schema: "" } }),
      },
    };
  for (const docId of texts.keys()) spans(String(docId)); // a corpus is read once, not once a reward

  const pool = sqlitePool({ workers: 1 });
  const real = sqlite(
    {
      schema:
        "CREATE TABLE t(a INT, b TEXT); WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " +
        "1000) INSERT INTO t SELECT i, 'g' || i % 10 FROM n",
    },
    { pool },
  );
  const statement = "SELECT b, sum(a) FROM t GROUP BY b ORDER BY 2";

  const figures: Record<string, number> = {};
  for (const [name, { family, of }] of Object.entries(problems)) {
    const turn = formatAnswer(statement, "a thought of some length ".repeat(20), family.key);
    const some = Array.from(
      { length: lists.length * 2 },
      (_, i): Problem => ({ id: `${i}`, query: "", judgments: {}, ...of(i) }),
    );
    call = 0;
    const score = (i: number) =>
      scoreCompletion({ family, problem: some[i % some.length]!, engine, spans, database, turn });
    figures[`${name}, rewards/s`] = await rate(Number(seconds), score, "cpu");
    log(`${name}: ${figures[`${name}, rewards/s`]} rewards/s`);
  }
  const gold = "SELECT b, sum(a) FROM t GROUP BY b";
  const question: Problem = { id: "t", query: "", judgments: {}, sql: { database: "t", gold, schema: "" } };
  const sql: Readonly<Record<string, () => Promise<unknown>>> = {
    "execution, SQLite, rewards/s": () =>
      scoreCompletion({
        family: familyOf("spider_train"),
        problem: question,
        database: real,
        turn: formatAnswer(statement, "…", "sql"),
      }),
    "SQLite, statements alone, pairs/s": async () => [await real.execute(statement), await real.execute(gold)],
  };
  for (let round = 0; round < 3; round++) {
    // the best of three, in turns
    for (const [name, work] of Object.entries(sql))
      figures[name] = Math.max(figures[name] ?? 0, await rate(Number(seconds) / 3, work, "wall"));
  }
  log(
    `SQLite: ${figures["execution, SQLite, rewards/s"]} rewards/s, ${figures["SQLite, statements alone, pairs/s"]} ` +
      "pairs of statements/s",
  );
  pool.dispose();
  return figures;
}

/** Calls of `work` a second: of wall time, or of this process' CPU time. */
async function rate(seconds: number, work: (i: number) => Promise<unknown>, of: "wall" | "cpu"): Promise<number> {
  for (let i = 0; i < (of === "cpu" ? 300 : 20); i++) await work(i); // compiled, connected
  const [started, used] = [performance.now(), process.cpuUsage()];
  let calls = 0;
  while (performance.now() - started < seconds * 1000) await work(calls++);
  const { user, system } = process.cpuUsage(used);
  return Math.round(calls / (of === "wall" ? (performance.now() - started) / 1000 : (user + system) / 1e6));
}
