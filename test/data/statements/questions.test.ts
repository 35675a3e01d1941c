import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { sqlOf, statementQuestions } from "../../../lib/data/statements/questions";
import { exampleTables, tableStatements } from "../../../lib/data/statements/tables";
import { writeStatement } from "../../../lib/data/statements/writer";

const questions = statementQuestions();

test("a statement is put together from its parts", () => {
  const where = [
    { asked: "flag Norway", sql: "flag = 'Norway'" },
    { asked: "crew over 9", sql: "crew > 9" },
  ];
  assert.is(
    sqlOf({ select: "name", from: "ship", where, end: "" }),
    "SELECT name FROM ship WHERE flag = 'Norway' AND crew > 9",
  );
  assert.is(
    sqlOf({ select: "flag, count(*)", from: "ship", where: [], end: "GROUP BY flag" }),
    "SELECT flag, count(*) FROM ship GROUP BY flag",
  );
});

test("the questions are the same every time, each with an id of its own and all six forms in every split", () => {
  assert.equal(statementQuestions(), questions);
  assert.is(new Set(questions.map(({ id }) => id)).size, questions.length);
  for (const split of ["train", "validation", "test"])
    assert.is(new Set(questions.filter((each) => each.split === split).map(({ form }) => form)).size, 6, split);
});

test("a careless writer never adds a condition, and thinks of all", () => {
  for (const [i, question] of questions.slice(0, 80).entries()) {
    const { think, query } = writeStatement(question, random(i));
    for (const { sql } of question.statement.where) assert.ok(think.includes(sql), think);
    assert.ok(query.length <= sqlOf(question.statement).length || question.statement.careless !== "", query);
  }
});

test("a table's schema is the first of its statements", () => {
  for (const table of exampleTables) {
    const { schema, all } = tableStatements(table);
    assert.ok(all.startsWith(`${schema}\nINSERT INTO ${table.name} VALUES (`));
  }
});

test.run();
