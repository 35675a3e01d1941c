import type { JsonSchema } from "../requests/schema-check";

/** What a call of a tool is run with. */
export interface ToolCall {
  readonly signal: AbortSignal; // fires when the client cancels, or is gone
  readonly progress: (message: string) => void; // tells the client, where it asked for that
}

/** A tool that an assistant may call. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: JsonSchema; // of its arguments: an object without further properties
  /**
   * What came of it, as JSON. Throws SearchUnavailable where an engine or a model is down, and RangeError or TypeError
   * for arguments that make no sense: both are told to the assistant as errors of the tool.
   */
  readonly run: (given: Readonly<Record<string, unknown>>, call: ToolCall) => Promise<object>;
}
