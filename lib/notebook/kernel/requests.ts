import type { Cells } from "./cells";
import type { Engine } from "./engine/engine";
import { historyReply } from "./history";
import { protocolVersion, type Content } from "./wire/messages";

/** Answers a request by the content of its reply. */
export type RequestHandler = (content: Content) => Content | Promise<Content>;

/** The requests that run no cell, by message type. */
export function answers(
  engine: Pick<Engine, "complete" | "inspect" | "isComplete" | "forget">,
  cells: Cells,
  version: string,
  leave: () => void,
): Readonly<Record<string, RequestHandler>> {
  return {
    kernel_info_request: () => kernelInfo(version),
    is_complete_request: async ({ code }) => {
      const { status, indent } = await engine.isComplete(textOf(code));
      return status === "incomplete" ? { status, indent } : { status };
    },
    complete_request: async ({ code, cursor_pos }) => {
      const text = textOf(code);
      const { start, end, candidates } = await engine.complete(text, fromCodePoints(text, cursor_pos));
      return {
        status: "ok",
        matches: candidates,
        cursor_start: toCodePoints(text, start),
        cursor_end: toCodePoints(text, end),
        metadata: {},
      };
    },
    inspect_request: async ({ code, cursor_pos }) => {
      const text = textOf(code);
      const found = await engine.inspect(text, fromCodePoints(text, cursor_pos));
      return { status: "ok", found: found !== null, data: found === null ? {} : { "text/plain": found }, metadata: {} };
    },
    history_request: (content) => historyReply(cells.history, content),
    comm_info_request: () => ({ status: "ok", comms: {} }),
    // Of this kernel alone: every variable is forgotten, and the count of cells begins anew.
    deepretrieval_forget_request: async () => {
      cells.forget();
      return { status: "ok", clean: await engine.forget() };
    },
    interrupt_request: () => {
      cells.interrupt();
      return { status: "ok" };
    },
    shutdown_request: ({ restart = false }) => {
      leave();
      return { status: "ok", restart };
    },
  };
}

function kernelInfo(version: string): Content {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "deepretrieval",
    implementation_version: version,
    banner: "DeepRetrieval: TypeScript notebooks that train query rewriters",
    help_links: [],
    supported_features: [],
    language_info: {
      name: "typescript",
      version: "5.0.4",
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
  };
}

const textOf = (code: unknown): string => (typeof code === "string" ? code : "");

/** The protocol counts code points, TypeScript UTF-16 units. */
const fromCodePoints = (text: string, points: unknown): number =>
  Number.isFinite(Number(points))
    ? Array.from(text)
        .slice(0, Math.max(0, Number(points)))
        .join("").length
    : text.length;
const toCodePoints = (text: string, units: number): number => Array.from(text.slice(0, units)).length;
