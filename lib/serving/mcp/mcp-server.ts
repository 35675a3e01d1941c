// The official TypeScript SDK of the Model Context Protocol. It speaks JSON-RPC, agrees on a version of the protocol
// with the client, and tells a call when it is cancelled. Its low-level server takes our JSON Schemas as they are.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  type CallToolResult,
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import { asHttpError } from "../http/as-http-error";
import { checker } from "../requests/schema-check";
import type { McpTool } from "./mcp-tool";

/** What a server is called, and what it tells of failures that nobody foresaw. */
interface McpServerOptions {
  readonly version: string;
  readonly instructions: string; // for the assistant: what the tools are good for
  readonly log: (line: string) => void; // never the protocol's own stream
}

/**
 * A server that offers `tools`. It listens where it is connected to. Wrong arguments, an engine that is down and an
 * unforeseen error are results with `isError` and the cause, which the assistant reads; they are never an empty result.
 * A tool that does not exist is an error of the protocol.
 */
export function mcpServer(tools: readonly McpTool[], { version, instructions, log }: McpServerOptions): Server {
  const server = new Server({ name: "deepretrieval", version }, { capabilities: { tools: {} }, instructions });
  const checks = new Map(tools.map(({ name, input }) => [name, checker(input)]));
  server.onerror = (error) => log(`mcp: ${error.message}`);
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: tools.map(({ name, title, description, input }) => ({
      name,
      title,
      description,
      inputSchema: { ...input, type: "object" as const },
      annotations: { readOnlyHint: true, openWorldHint: true },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const { name, arguments: given = {}, _meta } = params;
    const tool = tools.find((each) => each.name === name);
    if (!tool) {
      const known = tools.map((each) => each.name).join(", ");
      throw new McpError(ErrorCode.InvalidParams, `there is no tool ${JSON.stringify(name.slice(0, 60))}; ${known}`);
    }
    const issues = checks.get(name)!(given);
    if (issues.length > 0)
      return failed(`${name}: ${issues.map(({ loc, msg }) => `${loc.join(".") || "arguments"}: ${msg}`).join("; ")}`);
    const token = _meta?.progressToken;
    let step = 0;
    const progress = (message: string): void => {
      if (token === undefined || extra.signal.aborted) return;
      const params = { progressToken: token, progress: ++step, message };
      extra
        .sendNotification({ method: "notifications/progress", params })
        .catch((error: Error) => log(`mcp: ${error.message}`));
    };
    try {
      const result = await tool.run(given, { signal: extra.signal, progress });
      return { content: [{ type: "text", text: JSON.stringify(result) }], structuredContent: { ...result } };
    } catch (error) {
      return failed(told(name, error as Error, log));
    }
  });
  return server;
}

const failed = (text: string): CallToolResult => ({ isError: true, content: [{ type: "text", text }] });

/**
 * What the assistant is told of an error. One that nobody foresaw may tell things about this machine: the log has it.
 */
function told(name: string, error: Error, log: (line: string) => void): string {
  if (["RangeError", "TypeError", "UsageError"].includes(error.name) && /^[\w-]+: /.test(error.message))
    return error.message;
  const known = asHttpError(error);
  if (known.code !== "internal_error") return `${name}: ${known.message}`;
  log(`mcp: ${name} failed: ${error.stack ?? error.message}`);
  return `${name} failed for a reason that the log on stderr tells.`;
}
