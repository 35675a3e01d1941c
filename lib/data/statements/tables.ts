import { random } from "../../core/random";

/** A table of things that never existed. */
export interface ExampleTable {
  readonly name: string; // also of its database
  readonly texts: Readonly<Record<string, readonly string[]>>; // column to its values
  readonly numbers: Readonly<Record<string, readonly [least: number, most: number]>>; // column to its range
}

const rows = 40; // of each table

/** One table for each database. Every table has a column `name` besides those listed. */
export const exampleTables: readonly ExampleTable[] = [
  {
    name: "ship",
    texts: { flag: ["Norway", "Malta", "Chile", "Japan"], type: ["ferry", "tanker", "trawler"] },
    numbers: { length: [20, 300], built: [1950, 2020], crew: [3, 90] },
  },
  {
    name: "pupil",
    texts: { class: ["red", "green", "blue"], language: ["Latin", "French", "Spanish"] },
    numbers: { age: [6, 18], marks: [1, 100], days: [10, 190] },
  },
  {
    name: "animal",
    texts: { kind: ["bird", "fish", "snake", "bear"], house: ["north", "south", "west"] },
    numbers: { age: [1, 40], weight: [1, 400], price: [10, 900] },
  },
  {
    name: "book",
    texts: { genre: ["crime", "poetry", "travel"], shelf: ["A", "B", "C", "D"] },
    numbers: { year: [1900, 2020], pages: [60, 900], loans: [0, 99] },
  },
  {
    name: "house",
    texts: { street: ["Mill Lane", "Bridge Road", "High Street"], colour: ["white", "red", "grey"] },
    numbers: { rooms: [1, 12], area: [30, 400], rent: [300, 3000] },
  },
  {
    name: "runner",
    texts: { club: ["Harbour", "Forest", "Valley"], country: ["Kenya", "Italy", "Peru"] },
    numbers: { age: [16, 70], minutes: [120, 360], races: [1, 60] },
  },
];

/** The statements that make and fill a table, and the one of them that a prompt shows. The same every time. */
export function tableStatements({ name, texts, numbers }: ExampleTable): {
  readonly schema: string;
  readonly all: string;
} {
  const columns = ["name", ...Object.keys(texts), ...Object.keys(numbers)];
  const schema = `CREATE TABLE ${name} (${columns.join(", ")});`;
  const rng = random("statements").fork(name);
  const values = Array.from({ length: rows }, (_, i) => {
    const row = rng.fork(i);
    const cells = [
      `'${name} ${i + 1}'`,
      ...Object.values(texts).map((among) => `'${row.pick(among)}'`),
      ...Object.values(numbers).map(([least, most]) => String(least + row.below(most - least + 1))),
    ];
    return `(${cells.join(", ")})`;
  });
  return { schema, all: `${schema}\nINSERT INTO ${name} VALUES ${values.join(", ")};` };
}
