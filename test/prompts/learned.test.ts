import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDataset } from "../../lib/data/datasets/dataset";
import { learnTemplate, renderPrompt, slotsOf, type PromptRow } from "../../lib/prompts/learned";
import { sharedFile } from "../fixtures";

const asked = (input: string): PromptRow => ({
  prompt: `Rewrite the query.\nQuery: ${input}\nAssistant: <think>\n`,
  fields: { input },
});

test("a template is what remains of a prompt when its input is cut out", () => {
  const template = learnTemplate([asked("heart attack"), asked("stroke")]);
  assert.equal(template, { slots: ["input"], texts: ["Rewrite the query.\nQuery: ", "\nAssistant: <think>\n"] });
  assert.is(renderPrompt(template, { input: "asthma" }), asked("asthma").prompt);
});

test("an input that also stands in the instructions is cut where every row agrees", () => {
  // "query" alone could be cut at three places; with "stroke" beside it only the last fits
  assert.equal(learnTemplate([asked("query"), asked("stroke")]).texts[0], "Rewrite the query.\nQuery: ");
  assert.equal(learnTemplate([asked("Assistant"), asked("think")]).texts[0], "Rewrite the query.\nQuery: ");
});

const sql = (schema: string, question: string, knowledge: string): PromptRow => ({
  prompt: `Write SQL.\nSchema:\n${schema}\nKnowledge: ${knowledge}\nNote: be exact.\nQuestion: ${question}<|im_end|>\n`,
  fields: { knowledge, question },
});

test("text that no column holds but that differs from row to row is the schema", () => {
  const rows = [
    sql("CREATE TABLE a (\n x\n)", "How many?", "a is b"),
    sql("CREATE TABLE c (\n y\n)", "Which?", ""),
    sql("CREATE TABLE c (\n z\n)", "Who?", "c"),
  ];
  const template = learnTemplate(rows);
  assert.equal(template, {
    slots: ["schema", "knowledge", "question"],
    texts: ["Write SQL.\nSchema:\n", "\nKnowledge: ", "\nNote: be exact.\nQuestion: ", "<|im_end|>\n"],
  });
  // the ")" that all schemas end in is theirs
  assert.is(slotsOf(template, rows[0]!)!["schema"], "CREATE TABLE a (\n x\n)");
  assert.is(
    renderPrompt(template, { schema: "CREATE TABLE d", knowledge: "", question: "Why?" }),
    sql("CREATE TABLE d", "Why?", "").prompt,
  );
});

test("a schema that is missing in some rows is an empty slot", () => {
  const rows = [sql("", "How many?", "x"), sql("CREATE TABLE c", "Which?", "y")];
  assert.is(slotsOf(learnTemplate(rows), rows[0]!)!["schema"], "");
});

const refuses = (work: () => unknown, name: string, message: RegExp) =>
  assert.throws(work, (error: Error) => error.name === name && message.test(error.message));

test("rows of two templates are refused, naming the first that differs", () => {
  refuses(
    () =>
      learnTemplate([
        asked("heart attack"),
        asked("stroke"),
        { prompt: "Find papers on asthma.", fields: { input: "asthma" } },
      ]),
    "RangeError",
    /no template fits all 3 rows: row 3 does not end in "\\nAssistant: <think>\\n" after its input/,
  );
  refuses(
    () =>
      learnTemplate([
        asked("heart attack"),
        { prompt: `Please r${asked("stroke").prompt.slice(1)}`, fields: { input: "stroke" } },
      ]),
    "RangeError",
    /rows 1 and 2 differ before the input/,
  );
  refuses(
    () => learnTemplate([{ prompt: "Find.", fields: { input: "asthma" } }]),
    "RangeError",
    /the prompt does not contain its input/,
  );
  refuses(() => learnTemplate([]), "RangeError", /there are no rows/);
});

test("a slot that is missing is named", () =>
  refuses(
    () => renderPrompt(learnTemplate([sql("A", "Q", "k"), sql("B", "R", "l")]), { question: "Why?" }),
    "TypeError",
    /no "schema" to write/,
  ));

const folder = sharedFile("data/deepretrieval");

for (const file of folder ? readdirSync(folder) : []) {
  test(
    `${file}: a template learnt from its rows reproduces every prompt, and one learnt from fifty of them does ` + "too",
    async () => {
      const rows = (await readDataset(`${folder}/${file}`)).map(({ prompt, fields, problem }) => ({
        prompt: prompt!,
        fields,
        database: problem.sql?.database,
      }));
      const schemas = new Map<string, string>();
      for (const template of [learnTemplate(rows), learnTemplate([...rows.slice(0, 25), ...rows.slice(-25)])]) {
        for (const row of rows) {
          const slots = slotsOf(template, row);
          assert.ok(slots && renderPrompt(template, slots) === row.prompt, JSON.stringify(row.fields));
          if (row.database === undefined) continue;
          const key = `${template.texts[0]}${row.database}`;
          assert.is(schemas.get(key) ?? slots["schema"], slots["schema"], `two schemas for ${row.database}`);
          schemas.set(key, slots["schema"]!);
        }
      }
    },
  );
}

test.run();
