import { inspect } from "node:util";

import type { MimeBundle } from "./cell";
import { isFigure } from "./figure";
import { figureBundle, type Rendered } from "./figure-bundle";
import { figureText } from "./figure-text";
import { recordsTable, tableOf } from "./frame";
import { frameHtml } from "./frame-html";
import { frameText } from "./frame-text";

/** A value that knows how it is shown carries a method of this name, as in Deno: it returns a MIME bundle. */
export const display = Symbol.for("Jupyter.display");

/** How `value` looks in a notebook: every form a front end may prefer, `text/plain` always among them. */
export async function render(value: unknown): Promise<MimeBundle> {
  return (await renderWithMetadata(value)).data;
}

/** `render`, with the metadata that goes beside the bundle: the size of a picture in CSS pixels. */
export async function renderWithMetadata(value: unknown): Promise<Rendered> {
  if (isPromise(value)) return renderSettled(await value);
  if (isFigure(value)) return figureBundle(value); // before its own display method, which cannot return metadata
  const own = await ownBundle(value);
  if (own) return { data: "text/plain" in own ? own : { ...own, "text/plain": plain(value) }, metadata: {} };
  const table = tableOf(value) ?? recordsTable(value);
  if (table) return { data: { "text/html": frameHtml(table), "text/plain": frameText(table) }, metadata: {} };
  return { data: { "text/plain": plain(value) }, metadata: {} };
}

/** What a promise came to: `show(x)` without its await on a cell's last line has nothing more to say. */
const renderSettled = async (value: unknown): Promise<Rendered> => (value === undefined ? { data: {}, metadata: {} } : renderWithMetadata(value));

/** By its tag, not by instanceof: cells may live in another realm. */
const isPromise = (value: unknown): value is Promise<unknown> => Object.prototype.toString.call(value) === "[object Promise]";

/** `value` as text: what a terminal shows. */
export async function renderText(value: unknown): Promise<string> {
  if (isFigure(value)) return figureText(value); // a picture takes seconds and could not be shown
  const text = (await render(value))["text/plain"];
  return typeof text === "string" ? text : plain(value);
}

async function ownBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const method = (value as Record<symbol, unknown>)[display];
  return typeof method === "function" ? ((await method.call(value)) as MimeBundle) : undefined;
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const table = tableOf(value) ?? recordsTable(value);
  return table ? frameText(table) : inspect(value, { depth: 4, breakLength: 100, maxArrayLength: 100, maxStringLength: 10_000 });
}
