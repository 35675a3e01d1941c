import type { Issue } from "../../requests/issue";
import { checker, type JsonSchema } from "../../requests/schema-check";
import type { Environment, Episode, Observation } from "./environment";

/** An action that is not one of the environment's. */
export class ActionRefused extends Error {
  override readonly name = "ActionRefused";
  constructor(readonly issues: readonly Issue[]) {
    super("Invalid message");
  }
}

type Step = (action: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<Observation>;

/** The two actions that every environment with tools has: OpenEnv's own clients send them. */
const toolActions: Readonly<Record<string, JsonSchema>> = {
  list_tools: action({ type: { const: "list_tools" } }, ["type"]),
  call_tool: action({ type: { const: "call_tool" }, tool_name: { type: "string" }, arguments: { type: "object" } }, [
    "tool_name",
  ]),
};

function action(properties: JsonSchema, required: readonly string[]): JsonSchema {
  const metadata = { type: "object" };
  return { type: "object", properties: { ...properties, metadata }, required, additionalProperties: false };
}

const toolChecks = Object.fromEntries(Object.entries(toolActions).map(([type, schema]) => [type, checker(schema)]));
const actionChecks = new WeakMap<JsonSchema, ReturnType<typeof checker>>();

/**
 * The steps of an episode: actions of the environment's schema, and list_tools and call_tool where it has tools. A tool
 * that fails is an observation: the model may try again. Throws ActionRefused for what is no action.
 */
export function stepped(environment: Environment, episode: Episode): Step {
  const { tools = [], action: schema } = environment;
  const check = actionChecks.get(schema) ?? checker(schema);
  actionChecks.set(schema, check);
  return async (given, signal) => {
    const { type } = given;
    const tool = tools.length > 0 && (type === "list_tools" || type === "call_tool") ? type : undefined;
    const issues = (tool === undefined ? check : toolChecks[tool]!)(given);
    if (issues.length > 0) throw new ActionRefused(issues);
    if (tool === undefined) return episode.step(given, signal);
    if (tool === "list_tools") return seen({ tools: tools.map(listed) });
    const { tool_name: name, arguments: parameters = {} } = given as {
      readonly tool_name: string;
      readonly arguments?: Readonly<Record<string, unknown>>;
    };
    const wanted = tools.find((each) => each.name === name);
    const failure = (error_type: string, message: string) =>
      seen({ tool_name: name, result: null, error: { error_type, message } });
    if (!wanted) return failure("tool_not_found", `Unknown tool: '${name}'`);
    const wrong = checker(wanted.input)(parameters);
    if (wrong.length > 0) return failure("invalid_args", sentence(wrong));
    try {
      return seen({ tool_name: name, result: toolResult(await episode.call!(name, parameters, signal)), error: null });
    } catch (error) {
      if (signal.aborted) throw error;
      return failure("execution_error", (error as Error).message);
    }
  };
}

const seen = (observation: Observation["observation"]): Observation => ({ observation, reward: null, done: false });

/** A tool as steps list it; MCP itself writes `inputSchema`. */
const listed = ({ name, description, input }: NonNullable<Environment["tools"]>[number]) => ({
  name,
  description,
  input_schema: input,
});

export const sentence = (issues: readonly Issue[]): string =>
  issues.map(({ loc, msg }) => `${loc.join(".") || "arguments"}: ${msg}`).join("; ");

/** The result of a tool as OpenEnv's clients (data, is_error) and as MCP's (structuredContent, isError) read it. */
export function toolResult(value: unknown): Readonly<Record<string, unknown>> {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const structured = { result: value };
  return {
    content: [{ type: "text", text, annotations: null, meta: null }],
    structured_content: structured,
    structuredContent: structured,
    data: value,
    is_error: false,
    isError: false,
  };
}
