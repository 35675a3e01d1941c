import { parseJson } from "../../../core/json";
import { nesting } from "../../http/json-body";
import { checker } from "../../requests/schema-check";
import type { Environment, Episode } from "./environment";
import { sentence, toolResult } from "./steps";

/** The answer to a JSON-RPC request. */
export type RpcReply = { readonly jsonrpc: "2.0"; readonly id: unknown } & (
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data: unknown } }
);

/** JSON-RPC's codes. */
const codes = { parse: -32700, request: -32600, method: -32601, params: -32602, internal: -32603, server: -32000 };

/** A request that is refused, with its code. */
class RpcFault extends Error {
  override readonly name = "RpcFault";
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const checkRequest = checker({
  type: "object",
  properties: {
    jsonrpc: { const: "2.0" },
    id: { type: ["string", "number", "null"] },
    method: { type: "string" },
    params: {},
  },
  required: ["jsonrpc", "method"],
  additionalProperties: false,
});

/** Where a request's tools run. */
export interface RpcPlace {
  /** the episode of a socket, which lasts as long as that */
  readonly episode?: Episode;
  /** episodes that `openenv/session/create` opens, where they outlive a request */
  readonly sessions?: RpcSessions;
}

/** Episodes by id, as many as the server allows. */
export interface RpcSessions {
  open(): { readonly id: string; readonly episode: Episode } | undefined; // undefined: no more may be opened
  get(id: string): Episode | undefined;
  close(id: string): boolean;
}

/** Answers JSON-RPC requests to the tools of an environment. */
export interface Rpc {
  answer(request: unknown, signal: AbortSignal): Promise<RpcReply>;
}

/** OpenEnv's part of MCP: tools/list, tools/call, and sessions. */
export const rpc = (environment: Environment, place: RpcPlace): Rpc => ({
  async answer(request, signal) {
    const wrong = checkRequest(request);
    if (wrong.length > 0) return failed(null, codes.request, `Invalid request: ${sentence(wrong)}`);
    const { id = null, method, params = {} } = request as { id?: unknown; method: string; params?: unknown };
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!answer) return failed(id, codes.method, `Method not found: ${method.slice(0, 60)}`);
    if (typeof params !== "object" || params === null || Array.isArray(params))
      return failed(id, codes.params, "Params must be an object");
    try {
      const given = params as Readonly<Record<string, unknown>>;
      return { jsonrpc: "2.0", id, result: await answer({ environment, place, params: given, signal }) };
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, code } = error as RpcFault;
      return failed(id, (error as Error).name === "RpcFault" ? code : codes.internal, message);
    }
  },
});

/** The answer to the text of a request. */
export async function answerRpcText(calls: Rpc, text: string, signal: AbortSignal): Promise<RpcReply> {
  let request: unknown;
  try {
    if (nesting(text) > 64) throw new SyntaxError("nested deeper than 64 levels");
    request = parseJson(text);
  } catch {
    return failed(null, codes.parse, "Parse error");
  }
  return calls.answer(request, signal);
}

export const failed = (id: unknown, code: number, message: string): RpcReply => ({
  jsonrpc: "2.0",
  id,
  error: { code, message, data: null },
});

interface Method {
  readonly environment: Environment;
  readonly place: RpcPlace;
  readonly params: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

const methods: Readonly<Record<string, (of: Method) => unknown>> = {
  initialize: ({ environment: { name, version }, params }) => ({
    protocolVersion: typeof params["protocolVersion"] === "string" ? params["protocolVersion"] : "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name, version },
  }),
  ping: () => ({}),
  "notifications/initialized": () => ({}),
  "tools/list": ({ environment: { tools = [] } }) => ({
    tools: tools.map(({ name, description, input }) => ({ name, description, inputSchema: input })),
  }),
  "tools/call": callTool,
  "openenv/session/create": async ({ place: { episode, sessions }, params, signal }) => {
    if (episode || !sessions) throw new RpcFault(codes.request, "This connection is a session already");
    const opened = sessions.open();
    if (!opened) throw new RpcFault(codes.server, "Server at capacity: no more sessions can be opened");
    try {
      await opened.episode.reset(params, signal);
    } catch (error) {
      sessions.close(opened.id);
      throw error;
    }
    return { session_id: opened.id };
  },
  "openenv/session/close": ({ place: { sessions }, params }) => {
    const { session_id: id } = params;
    if (typeof id !== "string") throw new RpcFault(codes.params, "Invalid params - 'session_id' is required");
    if (!sessions?.close(id)) throw new RpcFault(codes.params, `Unknown session_id: ${id.slice(0, 60)}`);
    return { session_id: id, closed: true };
  },
};

async function callTool({ environment, place, params, signal }: Method): Promise<unknown> {
  const { name, arguments: given = {}, session_id: session } = params;
  if (typeof name !== "string") throw new RpcFault(codes.params, "Invalid params - 'name' is required");
  const tool = (environment.tools ?? []).find((each) => each.name === name);
  if (!tool) throw new RpcFault(codes.internal, `Unknown tool: '${name.slice(0, 60)}'`);
  const wrong = checker(tool.input)(given);
  if (wrong.length > 0) throw new RpcFault(codes.params, `Invalid params - ${sentence(wrong)}`);
  const named = typeof session === "string" ? place.sessions?.get(session) : undefined;
  const episode = place.episode ?? (session === undefined ? environment.open() : named);
  if (!episode) throw new RpcFault(codes.params, `Unknown session_id: ${String(session).slice(0, 60)}`);
  return toolResult(await episode.call!(name, given as Readonly<Record<string, unknown>>, signal));
}
