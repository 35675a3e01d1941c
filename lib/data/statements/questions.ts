import { random, type Random } from "../../core/random";
import type { Split } from "../literature/splits";
import { exampleTables, type ExampleTable } from "./tables";

/** A condition of a statement, in the words of a question and of SQL. */
export interface Condition {
  readonly asked: string;
  readonly sql: string;
}

/** A statement in its parts, so that a careless writer can leave some out. */
export interface Statement {
  readonly select: string;
  readonly from: string;
  readonly where: readonly Condition[];
  readonly end: string; // GROUP BY or ORDER BY; "" for none
  readonly careless: string; // what is selected by somebody who overlooks `end`; "" where there is none
}

/** A question to one of the example tables. */
export interface StatementQuestion {
  readonly id: string;
  readonly split: Split;
  readonly form: string; // kind of question, to report by
  readonly table: string;
  readonly text: string;
  readonly statement: Statement;
}

/** Questions of one form to a table: each is asked with values that `rng` draws. */
type Form = (table: ExampleTable) => ((rng: Random) => Omit<StatementQuestion, "id" | "split" | "form" | "table">)[];

const plain = { where: [], end: "", careless: "" } as const;
const superlatives = { largest: "DESC", smallest: "ASC" } as const;
const aggregates = { mean: "avg", largest: "max", smallest: "min", total: "sum" } as const;

const forms: Readonly<Record<string, Form>> = {
  "counts with a condition": (table) =>
    conditionsOf(table).map((condition) => (rng) => {
      const where = [condition(rng)];
      return {
        text: `how many ${table.name}s have ${asked(where)}`,
        statement: { ...plain, select: "count(*)", from: table.name, where },
      };
    }),
  "names with a condition": (table) =>
    conditionsOf(table).map((condition) => (rng) => {
      const where = [condition(rng)];
      return {
        text: `which ${table.name}s have ${asked(where)}`,
        statement: { ...plain, select: "name", from: table.name, where },
      };
    }),
  "names with two conditions": (table) =>
    textConditions(table).flatMap((first) =>
      numberConditions(table).map((second) => (rng: Random) => {
        const where = [first(rng.fork("first")), second(rng.fork("second"))];
        return {
          text: `which ${table.name}s have ${asked(where)}`,
          statement: { ...plain, select: "name", from: table.name, where },
        };
      }),
    ),
  "numbers over a part": (table) =>
    Object.keys(table.numbers).flatMap((column) =>
      textConditions(table).flatMap((condition) =>
        Object.entries(aggregates).map(([word, name]) => (rng: Random) => {
          const where = [condition(rng)];
          return {
            text: `what is the ${word} ${column} of ${table.name}s with ${asked(where)}`,
            statement: { ...plain, select: `${name}(${column})`, from: table.name, where },
          };
        }),
      ),
    ),
  "the one with the most": (table) =>
    Object.keys(table.numbers).flatMap((column) =>
      Object.entries(superlatives).map(([word, direction]) => () => ({
        text: `which ${table.name} has the ${word} ${column}`,
        statement: {
          ...plain,
          select: "name",
          from: table.name,
          end: `ORDER BY ${column} ${direction} LIMIT 1`,
          careless: `${aggregates[word as keyof typeof superlatives]}(${column})`,
        },
      })),
    ),
  "counts of each": (table) =>
    Object.keys(table.texts).map((column) => () => ({
      text: `how many ${table.name}s are there of each ${column}`,
      statement: {
        ...plain,
        select: `${column}, count(*)`,
        from: table.name,
        end: `GROUP BY ${column}`,
        careless: "count(*)",
      },
    })),
};

const perForm = 96; // questions at most
const shares = { train: 0.6, validation: 0.15 } as const;

/**
 * Questions to the example tables, and the statements that answer them. What is held out is the combination of form
 * and columns: no such combination is in two splits. The same seed gives the same questions, to the letter.
 */
export function statementQuestions(seed = 7): StatementQuestion[] {
  const rng = random(seed).fork("statements");
  const all = Object.entries(forms).flatMap(([form, questionsOf]) => {
    const combinations = exampleTables.flatMap((table) => questionsOf(table).map((make) => ({ table, make })));
    return rng
      .fork(form)
      .shuffle(combinations)
      .slice(0, perForm)
      .flatMap(({ table, make }, i, { length }): StatementQuestion[] => {
        const at = (i + 0.5) / length;
        const split: Split =
          at < shares.train ? "train" : at < shares.train + shares.validation ? "validation" : "test";
        return [
          { ...make(rng.fork(form, i)), id: `${form.replaceAll(" ", "-")}-${i + 1}`, split, form, table: table.name },
        ];
      });
  });
  return rng.fork("order").shuffle(all);
}

/** The statement as SQL. */
export const sqlOf = ({ select, from, where, end }: Omit<Statement, "careless">): string =>
  [
    `SELECT ${select} FROM ${from}`,
    ...(where.length > 0 ? [`WHERE ${where.map(({ sql }) => sql).join(" AND ")}`] : []),
    ...(end ? [end] : []),
  ].join(" ");

const heights = [0.2, 0.4, 0.6, 0.8]; // in a column's range, of the numbers that questions name

/** To ten, where there is room. */
const rounded = (value: number): number => (value > 50 ? 10 * Math.round(value / 10) : Math.round(value));

type MakeCondition = (rng: Random) => Condition;

const conditionsOf = (table: ExampleTable): MakeCondition[] => [...textConditions(table), ...numberConditions(table)];

const textConditions = ({ texts }: ExampleTable): MakeCondition[] =>
  Object.entries(texts).map(([column, values]) => (rng) => {
    const value = rng.pick(values);
    return { asked: `${column} ${value}`, sql: `${column} = '${value}'` };
  });

const numberConditions = ({ numbers }: ExampleTable): MakeCondition[] =>
  Object.entries(numbers).flatMap(([column, [least, most]]) =>
    (
      [
        ["over", ">"],
        ["under", "<"],
      ] as const
    ).map(
      ([word, sign]): MakeCondition =>
        (rng) => {
          const value = rounded(least + rng.pick(heights) * (most - least));
          return { asked: `${column} ${word} ${value}`, sql: `${column} ${sign} ${value}` };
        },
    ),
  );

const asked = (where: readonly Condition[]): string => where.map(({ asked }) => asked).join(" and ");
