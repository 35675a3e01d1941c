import { refuse, WireFault } from "../../requests/issue";
import type { Issue } from "../../requests/issue";
import type { WireRoute } from "../wire-route";
import type { Environment } from "./environment";
import { observationFrame } from "./frames";
import { answerRpcText, rpc } from "./rpc";
import type { Sessions } from "./sessions";
import { stepped } from "./steps";

const resetBody = {
  type: "object",
  properties: {
    seed: { type: ["integer", "null"], minimum: 0 },
    episode_id: { type: ["string", "null"] },
  },
};

const stepBody = {
  type: "object",
  properties: {
    action: { type: "object" },
    timeout_s: { type: ["number", "null"] },
    request_id: { type: ["string", "null"] },
  },
  required: ["action"],
};

/** The observation as HTTP answers it: metadata is there always, null for none. */
function stepAnswer(seen: Parameters<typeof observationFrame>[0]) {
  const { data } = observationFrame(seen);
  return { body: { ...data, metadata: data["metadata"] ?? null } };
}

/**
 * OpenEnv over HTTP. Each call of reset, step and state has an environment of its own, as in OpenEnv: episodes live on
 * the socket. A step may therefore say which problem it answers, beside its action.
 */
export function openEnvRoutes(environment: Environment, open: Sessions): readonly WireRoute[] {
  const { name, description, version, author, action, observation, state, catalogue } = environment;
  const calls = rpc(environment, { sessions: open });
  const mcp: WireRoute["answer"] = async ({ body, signal }) => ({
    body: await answerRpcText(calls, String(body), signal),
  });
  const listed = (): string[] => [...(catalogue?.names() ?? [name])];
  return [
    {
      method: "GET",
      path: "/metadata",
      summary: "OpenEnv: what the environment is",
      answer: async () => ({
        body: { name, description, readme_content: null, version, author: author ?? null, documentation_url: null },
      }),
    },
    {
      method: "GET",
      path: "/schema",
      summary: "OpenEnv: the schemas of action, observation and state",
      answer: async () => ({ body: { action, observation, state, reset_observation: observation } }),
    },
    {
      method: "POST",
      path: "/reset",
      summary: "OpenEnv: the first observation of an episode",
      body: resetBody,
      optionalBody: true,
      answer: async ({ body, signal }) =>
        stepAnswer(await environment.open().reset(body as Readonly<Record<string, unknown>>, signal)),
    },
    {
      method: "POST",
      path: "/step",
      summary: "OpenEnv: one action in an environment of its own",
      body: stepBody,
      answer: async ({ body, signal }) => {
        const {
          action: given,
          timeout_s,
          request_id,
          ...options
        } = body as {
          readonly action: Readonly<Record<string, unknown>>;
          readonly timeout_s?: number | null;
          readonly request_id?: string | null;
        };
        const episode = environment.open();
        if (Object.keys(options).length > 0) await episode.reset(options, signal);
        try {
          return stepAnswer(await stepped(environment, episode)(given, signal));
        } catch (error) {
          const { issues = [] } = error as { readonly issues?: readonly Issue[] };
          refuse(issues);
          throw error;
        }
      },
    },
    {
      method: "GET",
      path: "/state",
      summary: "OpenEnv: the state of a new environment",
      answer: async () => ({ body: environment.open().state() }),
    },
    {
      method: "POST",
      path: "/mcp",
      summary: "OpenEnv: JSON-RPC to the tools of the environment",
      rawBody: true,
      answer: mcp,
    },
    {
      method: "GET",
      path: "/list_environments",
      summary: "OpenEnv: the environments",
      answer: async () => ({ body: listed() }),
    },
    ...(catalogue ? catalogueRoutes(catalogue) : []),
  ];
}

const splitBody = {
  type: "object",
  properties: { split: { type: "string" }, index: { type: "integer" }, start: { type: "integer" }, stop: {} },
  required: ["split"],
};

/** The tasks of an environment by split: all, their number, one, a range. */
function catalogueRoutes({ names, splits, tasks }: NonNullable<Environment["catalogue"]>): readonly WireRoute[] {
  const known = (name: string): string => {
    if (names().includes(name)) return name;
    throw new WireFault(404, `unknown environment '${name.slice(0, 60)}'`);
  };
  const of = (name: string, split: string): readonly unknown[] => {
    if (splits(known(name)).some((each) => each.name === split)) return tasks(name, split);
    throw new WireFault(400, `Invalid split '${split.slice(0, 60)}'`);
  };
  const asked = (
    path: string,
    summary: string,
    answer: (all: readonly unknown[], body: Readonly<Record<string, unknown>>, name: string) => object,
  ): WireRoute => ({
    method: "POST",
    path: `/:environment/${path}`,
    summary: `OpenEnv: ${summary}`,
    body: splitBody,
    answer: async ({ params, body }) => {
      const given = body as Readonly<Record<string, unknown>>;
      return { body: answer(of(params["environment"]!, String(given["split"])), given, params["environment"]!) };
    },
  });
  return [
    {
      method: "GET",
      path: "/:environment/splits",
      summary: "OpenEnv: the splits of an environment",
      answer: async ({ params }) => ({ body: splits(known(params["environment"]!)) }),
    },
    asked("tasks", "all tasks of a split", (all, _, name) => ({ tasks: all, env_name: name })),
    asked("num_tasks", "how many tasks a split has", (all) => ({ num_tasks: all.length })),
    asked("task", "one task of a split", (all, { index }) => {
      const task = all[index as number];
      if (task === undefined) throw new WireFault(400, "Invalid task index");
      return { task };
    }),
    asked("task_range", "tasks of a split from start to before stop", (all, { start, stop }) => ({
      tasks: all.slice((start as number | undefined) ?? 0, typeof stop === "number" ? stop : undefined),
    })),
  ];
}
