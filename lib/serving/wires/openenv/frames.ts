import { parseJson } from "../../../core/json";
import { nesting } from "../../http/json-body";
import { checker, type JsonSchema } from "../../requests/schema-check";
import type { Issue } from "../../requests/issue";
import type { Environment, Episode, Observation } from "./environment";
import { stepped } from "./steps";
import { type Rpc, rpc } from "./rpc";

/** A frame of the socket. */
export interface Frame {
  readonly type: "observation" | "state" | "mcp" | "error";
  readonly data: Readonly<Record<string, unknown>>;
}

/** Why a frame of the client was not answered as it wished. The first four leave the socket open. */
type ErrorCode =
  | "INVALID_JSON"
  | "UNKNOWN_TYPE"
  | "VALIDATION_ERROR"
  | "EXECUTION_ERROR"
  | "CAPACITY_REACHED"
  | "FACTORY_ERROR"
  | "SESSION_ERROR";

/** The frame of an error. */
export const errorFrame = (code: ErrorCode, message: string, more: Readonly<Record<string, unknown>> = {}): Frame => ({
  type: "error",
  data: { message, code, ...more },
});

/** The frame of an observation: `metadata` stands in both places, and beside it only where there is any. */
export function observationFrame({ observation, metadata = {}, reward, done }: Observation): Frame {
  const beside = Object.keys(metadata).length > 0 ? { metadata } : {};
  return { type: "observation", data: { observation: { metadata, ...observation }, reward, done, ...beside } };
}

const frame = (data: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: "object",
  properties: { type: { type: "string" }, data },
  required,
  additionalProperties: false,
});

const checks: Readonly<Record<string, (value: unknown) => readonly Issue[]>> = {
  reset: checker(frame({ type: "object" }, [])),
  step: checker(frame({ type: "object" }, ["data"])),
  state: checker(frame({}, [])),
  close: checker(frame({}, [])),
  mcp: checker(frame({ type: "object" }, ["data"])),
};

interface Given {
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An episode of one socket. */
export interface FrameSession {
  /** The answer to a frame, or "close" where the client ends the episode. Never throws, but for an aborted signal. */
  answer(text: string, signal: AbortSignal): Promise<Frame | "close">;
}

/**
 * The session of a socket: one episode, one answer for each frame. The caller hands it one frame after the other.
 */
export function frameSession(environment: Environment, episode: Episode = environment.open()): FrameSession {
  const calls = rpc(environment, { episode });
  const step = stepped(environment, episode);
  return {
    async answer(text, signal) {
      const read = readFrame(text);
      if ("refused" in read) return read.refused;
      const { type, data = {} } = read.given;
      try {
        return await answers[type as keyof typeof answers]({ data, episode, step, calls, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        const { name, message, issues } = error as Error & { readonly issues?: readonly Issue[] };
        return name === "ActionRefused"
          ? errorFrame("VALIDATION_ERROR", "Invalid message", { errors: issues })
          : errorFrame("EXECUTION_ERROR", message);
      }
    },
  };
}

interface Answering {
  readonly data: Readonly<Record<string, unknown>>;
  readonly episode: Episode;
  readonly step: ReturnType<typeof stepped>;
  readonly calls: Rpc;
  readonly signal: AbortSignal;
}

const answers = {
  reset: async ({ data, episode, signal }: Answering) => observationFrame(await episode.reset(data, signal)),
  step: async ({ data, step, signal }: Answering) => observationFrame(await step(data, signal)),
  state: async ({ episode }: Answering): Promise<Frame> => ({ type: "state", data: episode.state() }),
  mcp: async ({ data, calls, signal }: Answering): Promise<Frame> => ({
    type: "mcp",
    data: { ...(await calls.answer(data, signal)) },
  }),
  close: async () => "close" as const,
};

function readFrame(text: string): { readonly given: Given } | { readonly refused: Frame } {
  let value: unknown;
  try {
    if (nesting(text) > 64) throw new SyntaxError("nested deeper than 64 levels");
    value = parseJson(text);
  } catch (error) {
    return { refused: errorFrame("INVALID_JSON", `Invalid JSON: ${(error as Error).message.slice(0, 200)}`) };
  }
  const type = (value as Partial<Given> | null)?.type ?? "";
  const check = typeof type === "string" && Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (!check) return { refused: errorFrame("UNKNOWN_TYPE", `Unknown message type: ${String(type).slice(0, 60)}`) };
  const errors = check(value);
  if (errors.length > 0) return { refused: errorFrame("VALIDATION_ERROR", "Invalid message", { errors }) };
  return { given: value as Given };
}
