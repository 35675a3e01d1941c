import type { Content, Message } from "../kernel/wire/messages";
import { joined, lines, type NotebookCell, type Output } from "./nbformat";

/**
 * Turns what a kernel publishes into the outputs of notebook cells. A message belongs to the cell whose
 * request caused it, also when it arrives after that cell has ended.
 */
interface Collector {
  /** From now on, messages caused by the request `id` go to `cell`, whose outputs are emptied. */
  begin(id: string, cell: NotebookCell): void;
  /** Files one message; false where it belongs to no cell or changes none. */
  add(message: Pick<Message, "header" | "parent" | "content">): boolean;
}

type Displayed = Extract<Output, { data: unknown }>;
type Target = { readonly cell: NotebookCell; clearNext: boolean };

export function createCollector(): Collector {
  const targets = new Map<string, Target>();
  const displays = new Map<string, Displayed[]>(); // by display id: every place that shows it

  return {
    begin(id, cell) {
      cell.outputs = [];
      cell.execution_count = null;
      targets.set(id, { cell, clearNext: false });
    },
    add({ header, parent, content }) {
      const target = targets.get(parent.msg_id ?? "");
      if (!target) return false;
      const file = filers[header.msg_type];
      file?.(target, content, displays);
      return file !== undefined;
    },
  };
}

type Filer = (target: Target, content: Content, displays: Map<string, Displayed[]>) => void;

const filers: Readonly<Record<string, Filer>> = {
  execute_input: ({ cell }, content) => void (cell.execution_count = Number(content["execution_count"])),
  stream(target, content) {
    const { name, text } = content as { name: string; text: string };
    const previous = target.clearNext ? undefined : target.cell.outputs?.at(-1);
    if (previous?.output_type !== "stream" || previous.name !== name)
      return push(target, { output_type: "stream", name, text: lines(text) });
    appendLines(previous.text as string[], text);
  },
  display_data(target, content, displays) {
    const { data, metadata } = displayed(content);
    const output: Displayed = { output_type: "display_data", data, metadata };
    push(target, output);
    const id = displayId(content);
    if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), output]);
  },
  execute_result(target, content) {
    const { data, metadata } = displayed(content);
    push(target, {
      output_type: "execute_result",
      data,
      metadata,
      execution_count: Number(content["execution_count"]),
    });
  },
  update_display_data(_target, content, displays) {
    for (const output of displays.get(displayId(content) ?? "") ?? []) Object.assign(output, displayed(content));
  },
  error(target, content) {
    const { ename, evalue, traceback } = content as { ename: string; evalue: string; traceback: readonly string[] };
    push(target, { output_type: "error", ename, evalue, traceback });
  },
  clear_output(target, content) {
    if (content["wait"]) target.clearNext = true;
    else target.cell.outputs = [];
  },
};

function push(target: Target, output: Output): void {
  if (target.clearNext) target.cell.outputs = [];
  target.clearNext = false;
  (target.cell.outputs ??= []).push(output);
}

/** Appends in place: joining 100,000 lines again for every message would take quadratic time. */
function appendLines(stored: string[], text: string): void {
  const last = stored.at(-1);
  const open = last !== undefined && !last.endsWith("\n") ? stored.pop()! : "";
  for (const line of lines(open + text)) stored.push(line);
}

const jsonType = /^application\/(.*\+)?json$/;

/** Data and metadata of a display message, as they are stored. */
function displayed(content: Content): { data: Record<string, unknown>; metadata: Record<string, unknown> } {
  const data = (content["data"] ?? {}) as Record<string, unknown>;
  const stored = Object.entries(data).map(([type, value]) => [
    type,
    typeof value === "string" && !jsonType.test(type) ? lines(value) : value,
  ]);
  return {
    data: Object.fromEntries(stored) as Record<string, unknown>,
    metadata: (content["metadata"] ?? {}) as Record<string, unknown>,
  };
}

export function displayId(content: Content): string | undefined {
  return (content["transient"] as { display_id?: string } | undefined)?.display_id;
}

/** The text of an output that a terminal can show, or undefined. */
export function plainText(data: Readonly<Record<string, unknown>>): string | undefined {
  const text = data["text/plain"];
  return typeof text === "string" || Array.isArray(text) ? joined(text as string | string[]) : undefined;
}
