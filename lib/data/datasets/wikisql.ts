import type { Problem } from "../../core/records";
import type { CorruptData } from "../../core/errors";
import { columnsOf } from "./columns";
import { readJsonl } from "../files/jsonl";

/** A table of WikiSQL: the databases call its columns col0, col1 …; the names are in `header`. */
interface WikiTable {
  readonly header: readonly string[];
  readonly types: readonly string[]; // "text" or "real"
}

const aggregates = ["", "MAX", "MIN", "COUNT", "SUM", "AVG"];
const operators = ["=", ">", "<", "OP"];

/**
 * Questions of WikiSQL: `dev.jsonl` beside `dev.tables.jsonl`. The gold query is written out as SQL over the columns
 * col0, col1 … of the table `table_…` in `dev.db`; texts are compared in lower case, as the databases hold them
 * (lib/dbengine.py of the WikiSQL repository, `lower=True`). The schema names each column with its header.
 */
export async function readWikiSql(questions: string, tables: string): Promise<Problem[]> {
  const known = new Map<string, WikiTable>();
  for await (const row of readJsonl(tables)) {
    const columns = columnsOf(tables, row);
    known.set(columns.text("id"), { header: columns.texts("header"), types: columns.texts("types") });
  }
  const problems: Problem[] = [];
  for await (const row of readJsonl(questions)) {
    const columns = columnsOf(questions, row);
    const id = columns.text("table_id");
    const table = known.get(id);
    if (!table) throw columns.fault(`the table ${id} is not in ${tables}`, "Use the tables of the same split");
    const name = `table_${id.replaceAll("-", "_")}`;
    problems.push({
      id: String(row.line),
      query: columns.text("question"),
      judgments: {},
      sql: {
        database: name,
        gold: gold(row.value["sql"], name, table, (why) => columns.fault(why, "Repair the row, or leave it out")),
        schema: schema(name, table),
      },
    });
  }
  return problems;
}

function gold(value: unknown, name: string, { types }: WikiTable, fault: (why: string) => CorruptData): string {
  const { sel, agg, conds } = (value ?? {}) as { sel?: unknown; agg?: unknown; conds?: unknown };
  const column = (i: unknown): string => {
    if (Number.isInteger(i) && types[i as number] !== undefined) return `col${i}`;
    throw fault(`the query names column ${JSON.stringify(i)} of ${types.length}`);
  };
  if (!Array.isArray(conds) || aggregates[agg as number] === undefined)
    throw fault(`"sql" is ${JSON.stringify(value)?.slice(0, 60)}, not { sel, agg, conds }`);
  const selected = aggregates[agg as number] ? `${aggregates[agg as number]}(${column(sel)})` : column(sel);
  const where = (conds as readonly [number, number, string | number][]).map(
    ([at, operator, operand]) => `${column(at)} ${operators[operator] ?? "OP"} ${literal(operand, types[at]!)}`,
  );
  return `SELECT ${selected} FROM ${name}${where.length ? ` WHERE ${where.join(" AND ")}` : ""}`;
}

/** Numbers in columns of numbers, also where the question writes "1,000 km"; lower-case text elsewhere. */
function literal(operand: string | number, type: string): string {
  const text = String(operand);
  const number =
    type === "real"
      ? typeof operand === "number"
        ? operand
        : Number(text.replaceAll(",", "")) || Number(/[-+]?\d*\.\d+|\d+/.exec(text)?.[0] ?? NaN)
      : NaN;
  return Number.isFinite(number) ? String(number) : `'${text.toLowerCase().replaceAll("'", "''")}'`;
}

function schema(name: string, { header, types }: WikiTable): string {
  const lines = header.map((title, i) => {
    const comma = i < header.length - 1 ? "," : "";
    return `  col${i} ${types[i]}${comma} -- ${title.replaceAll("\n", " ")}`;
  });
  return `CREATE TABLE ${name} (\n${lines.join("\n")}\n)`;
}
