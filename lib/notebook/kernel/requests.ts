import type { Cells } from "./cells";
import type { Interpreter } from "./interpreter";
import { protocolVersion, type Content } from "./wire";

/** Answers a request by the content of its reply. */
export type Answer = (content: Content) => Content;

/** The requests that run no cell, by message type. */
export function answers(interpreter: Interpreter, cells: Cells, version: string, leave: () => void): Readonly<Record<string, Answer>> {
  return {
    kernel_info_request: () => kernelInfo(version),
    is_complete_request: ({ code }) => {
      const { complete, indent } = interpreter.isComplete(String(code));
      return complete ? { status: "complete" } : { status: "incomplete", indent };
    },
    complete_request: ({ code, cursor_pos }) => {
      const text = String(code);
      const { start, end, candidates } = interpreter.complete(text, fromCodePoints(text, Number(cursor_pos)));
      return { status: "ok", matches: candidates, cursor_start: toCodePoints(text, start), cursor_end: toCodePoints(text, end), metadata: {} };
    },
    inspect_request: ({ code, cursor_pos }) => {
      const text = String(code);
      const found = interpreter.inspect(text, fromCodePoints(text, Number(cursor_pos)));
      return { status: "ok", found: found !== undefined, data: found === undefined ? {} : { "text/plain": found }, metadata: {} };
    },
    history_request: ({ hist_access_type, n = 10 }) => ({
      status: "ok",
      history: hist_access_type === "tail" ? cells.history.slice(-Math.max(1, Number(n))) : cells.history,
    }),
    comm_info_request: () => ({ status: "ok", comms: {} }),
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

/** The protocol counts code points, TypeScript UTF-16 units. */
const fromCodePoints = (text: string, points: number): number => Array.from(text).slice(0, points).join("").length;
const toCodePoints = (text: string, units: number): number => Array.from(text.slice(0, units)).length;
