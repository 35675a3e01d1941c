import type { JsonSchema } from "../../../../lib/serving/requests/schema-check";
import type { Environment, Episode, Observation } from "../../../../lib/serving/wires/openenv/environment";

/** A recording of OpenEnv's own server. */
export interface Golden {
  readonly http: readonly {
    readonly env: string;
    readonly method: "GET" | "POST";
    readonly path: string;
    readonly request: unknown;
    readonly status: number;
    readonly response: unknown;
  }[];
  readonly ws: readonly {
    readonly env: string;
    readonly path: string;
    readonly note: string;
    readonly frames: readonly { readonly send: unknown; readonly recv?: unknown; readonly closed?: unknown }[];
  }[];
}

type Schemas = Readonly<Record<"action" | "observation" | "state", JsonSchema>>;

const schemasOf = ({ http }: Golden, env: string): Schemas =>
  http.find((exchange) => exchange.env === env && exchange.path === "/schema")!.response as Schemas;

/** The echo environment that was recorded: a reward of a tenth for each character, and "boom" raises. */
export function echoEnvironment(golden: Golden): Environment {
  const tasks = [
    { id: 0, q: "a" },
    { id: 1, q: "b" },
  ];
  return {
    name: "echo",
    description: "echoes",
    version: "0.1.0",
    author: "golden",
    ...schemasOf(golden, "echo"),
    catalogue: {
      names: () => ["echo"],
      splits: () => ["train", "test"].map((name) => ({ name, type: name })),
      tasks: () => tasks,
    },
    open(): Episode {
      let [id, steps, last]: [string | null, number, string | null] = ["new", 0, null];
      const python = (value: unknown) => (value === undefined ? "None" : String(value));
      return {
        async reset({ seed, episode_id, topic }): Promise<Observation> {
          [id, steps, last] = [typeof episode_id === "string" ? episode_id : "new", 0, null];
          const echoed_message = `ready seed=${python(seed)} topic=${python(topic)}`;
          return { observation: { echoed_message, message_length: 0 }, reward: 0, done: false };
        },
        async step({ message }): Promise<Observation> {
          const text = String(message);
          if (text === "boom") throw new Error("boom");
          [steps, last] = [steps + 1, text];
          return {
            observation: { echoed_message: text, message_length: text.length },
            metadata: { n: steps },
            reward: text.length * 0.1,
            done: text === "stop",
          };
        },
        state: () => ({ episode_id: id, step_count: steps, last }),
      };
    },
  };
}

/** The environment with one tool that was recorded. */
export function toolsEnvironment(golden: Golden): Environment {
  const input = {
    type: "object",
    properties: { text: { type: "string" } },
    required: ["text"],
    additionalProperties: false,
  };
  return {
    name: "tools",
    description: "has a tool",
    version: "0.1.0",
    ...schemasOf(golden, "tools"),
    tools: [{ name: "echo", description: "Echo the text back.", input }],
    open: (): Episode => ({
      reset: async () => ({ observation: {}, metadata: { status: "ready" }, reward: 0, done: false }),
      step: async () => {
        throw new Error("only tools are called here");
      },
      state: () => ({ episode_id: "new", step_count: 0 }),
      call: async (_, { text }) => text,
    }),
  };
}

/**
 * An answer without what no other server can repeat: ids, the words of Python's JSON reader and of pydantic's messages,
 * and fields in which fastmcp writes null or describes itself.
 */
export function comparable(value: unknown): unknown {
  if (typeof value === "string")
    return value.replace(/^(Invalid JSON|Invalid request): [^]*$/, "$1").replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, "new");
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const leftOut = ["outputSchema", "meta", "structuredContent", "isError"];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) =>
      leftOut.includes(key) || (each === null && ["title", "icons", "annotations", "execution"].includes(key))
        ? []
        : [[key, comparable(each)]],
    ),
  );
}
