import { types } from "node:util";
import type { MimeBundle } from "../cell";
import { isFigure } from "../plot/figure";
import { figureBundle, figureWords, type Rendered } from "../plot/figure-bundle";
import { recordsTable, tableOf } from "./table/frame";
import { frameHtml } from "./table/frame-html";
import { frameText } from "./table/frame-text";
import { inspectValue } from "./text/inspect-value";
import { ownBundle } from "./own-bundle";

/** How `value` looks in a notebook: every form a front end may prefer, `text/plain` always among them. */
export async function render(value: unknown): Promise<MimeBundle> {
  return (await renderWithMetadata(value)).data;
}

/** `render`, with the metadata that goes beside the bundle: the size of a picture in CSS pixels. */
export async function renderWithMetadata(value: unknown): Promise<Rendered> {
  if (isPromise(value)) return renderSettled(await value);
  if (isFigure(value)) return figureBundle(value); // before its own display method, which cannot return metadata
  const own = await ownBundle(value);
  if (own && Object.keys(own.data).length > 0)
    return { data: { ...own.data, "text/plain": own.data["text/plain"] ?? plain(value) }, metadata: {} };
  if (own?.trouble) return { data: { "text/plain": `${inspectValue(value)}\n(${own.trouble})` }, metadata: {} };
  const table = tableOf(value) ?? recordsTable(value);
  if (table) return { data: { "text/html": frameHtml(table), "text/plain": frameText(table) }, metadata: {} };
  return { data: { "text/plain": plain(value) }, metadata: {} };
}

/**
 * Renders the settled value of a promise. `undefined` shows nothing: it comes from a `show(x)` without its await on the
 * last line of a cell.
 */
const renderSettled = async (value: unknown): Promise<Rendered> =>
  value === undefined ? { data: {}, metadata: {} } : renderWithMetadata(value);

/** By its tag, not by instanceof: cells may live in another realm. */
function isPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value);
}

/** `value` as text: what a terminal shows. */
export async function renderText(value: unknown): Promise<string> {
  if (isFigure(value)) return figureWords(value); // a picture takes seconds and could not be shown
  const text = (await render(value))["text/plain"];
  return typeof text === "string" ? text : plain(value);
}

function plain(value: unknown): string {
  if (typeof value === "string") return inspectValue(value);
  const table = tableOf(value) ?? recordsTable(value);
  return table ? frameText(table) : inspectValue(value);
}
