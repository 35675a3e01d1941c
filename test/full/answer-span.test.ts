import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { readPassages, readQuestions } from "../../lib/data/datasets/questions";
import { answerMatcher, spanOf, spanTokens } from "../../lib/metrics/answer-span";
import { pythonWith } from "../bench/python";
import { sharedFile } from "../fixtures";

const folder = sharedFile("data/qa");
const python = folder && pythonWith("answer-spans", ["regex==2024.11.6"], console.log);

if (folder && python) {
  test("tokens and verdicts are DPR's on each SQuAD paragraph and each answer of NQ, TriviaQA and SQuAD", async () => {
    const passages = await readPassages(join(folder, "squad-passages.jsonl.gz"));
    const sets = await Promise.all(
      ["nq.test", "triviaqa.test", "squad11.dev"].map((name) => readQuestions(join(folder, `${name}.jsonl.gz`))),
    );
    const answers = sets.map((problems) => problems.map((problem) => problem.answers!));
    const odd = [
      "İstanbul ΟΔΟΣ ς",
      "a\u200db\u00adc",
      "½ ² Ⅷ ß ﬁ",
      "\u1e9b\u0323",
      "ｆｕｌｌ　ｗｉｄｔｈ",
      "한국어 日本語",
      "🙂🏽 x",
      "\ud83d x",
      "e\u0301é",
      "\u0000\u0007\ufeff",
    ];
    const texts = [
      ...odd.filter((text) => !/\p{Surrogate}/u.test(text)),
      ...passages.map(({ text }) => text),
      ...answers.flat(2),
    ];
    const rng = random("pairs");
    const pairs = answers.flatMap((set) =>
      Array.from({ length: 2000 }, () => [rng.pick(passages).text, rng.pick(set)] as const),
    );
    const golds = new Map(
      readFileSync(join(folder, "squad11.gold-passages.tsv"), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split("\t") as [string, string]),
    );
    const textOf = new Map(passages.map(({ id, text }) => [id, text]));
    // the paragraph that a question was asked of
    for (const { id, answers: own } of sets[2]!) if (golds.has(id)) pairs.push([textOf.get(golds.get(id)!)!, own!]);
    const output = execFileSync(python, [join(__dirname, "../bench/answer-spans.py")], {
      input: JSON.stringify({ texts, pairs }),
      maxBuffer: 2 ** 30,
      encoding: "utf8",
    });
    const { tokens, verdicts } = JSON.parse(output) as { tokens: string[][]; verdicts: boolean[] };
    for (const [i, text] of texts.entries()) assert.equal(spanTokens(text), tokens[i], text.slice(0, 80));
    const ours = pairs.map(([text, each]) => answerMatcher(each, { dropEmpty: false })(spanOf(text)));
    assert.equal(ours, verdicts);
    const held = verdicts.filter(Boolean).length;
    console.log(`${texts.length} texts tokenised alike, ${pairs.length} verdicts alike, of which ${held} yes`);
    assert.ok(held > 5000, `${held}`);
  });
}

test.run();
