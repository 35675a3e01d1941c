import { checker, type JsonSchema } from "../../requests/schema-check";
import { refuse, WireFault } from "../../requests/issue";
import type { SessionOf, WireRoute } from "../wire-route";
import { aggregateMetrics, type VerifyResponse } from "./aggregate";
import type { Gym, GymTool, Row, VerifyRequest } from "./gym";
import type { SessionCookies } from "./session-cookie";

const outputItem: JsonSchema = {
  type: "object",
  properties: { type: { type: "string" }, content: { type: ["array", "null"], items: { type: "object" } } },
  required: ["type"],
};

const response: JsonSchema = {
  type: "object",
  properties: { output: { type: "array", items: outputItem } },
  required: ["output"],
};

const aggregateBody: JsonSchema = {
  type: "object",
  properties: { verify_responses: { type: "array", items: { type: "object" } } },
  required: ["verify_responses"],
};

/** The name of the cookie of a gym. */
export const cookieName = ({ className, instance }: Gym): string => `${className}___${instance}`;

/**
 * A resources server of NeMo Gym: the agent seeds a session with a whole row, lets the model call tools, and has the
 * response verified. Everything but the session is in the requests, so that any replica can verify.
 */
export function nemoGymRoutes(gym: Gym): readonly WireRoute[] {
  const { properties = {}, required = [] } = gym.row as { properties?: object; required?: readonly string[] };
  const row = { type: "object", properties, required };
  const verifyBody = { type: "object", properties: { ...properties, response }, required: ["response"] };
  return [
    {
      method: "POST",
      path: "/seed_session",
      summary: "NeMo Gym: begins the session of a rollout",
      body: row,
      answer: async ({ body, session }) => {
        await gym.seed(body as Row, session);
        return { body: {} };
      },
    },
    {
      method: "POST",
      path: "/verify",
      summary: "NeMo Gym: the reward of a rollout; 503 where the engine was down",
      body: verifyBody,
      answer: async ({ body, session, signal }) => ({
        body: { ...echo(body as Row), ...(await gym.verify(body as VerifyRequest, session, signal)) },
      }),
    },
    {
      method: "POST",
      path: "/aggregate_metrics",
      summary: "NeMo Gym: statistics over rollouts",
      body: aggregateBody,
      answer: async ({ body }) => ({
        body: aggregateMetrics((body as { readonly verify_responses: readonly VerifyResponse[] }).verify_responses),
      }),
    },
    ...Object.entries(gym.tools).map(([name, tool]) => toolRoute(name, tool)),
    {
      // a model may call a tool that is not there: the agent shows it the answer and keeps the session of its cookie
      method: "POST",
      path: "/:tool",
      summary: "NeMo Gym: a tool that does not exist",
      hidden: true,
      rawBody: true,
      answer: async () => {
        throw new WireFault(404, "Not Found");
      },
    },
  ];
}

/** What a verified rollout repeats of its request. Other keys of the row would become metrics if they are numbers. */
const echo = (request: Row): Row =>
  Object.fromEntries(
    ["responses_create_params", "response"].flatMap((key) => (key in request ? [[key, request[key]]] : [])),
  );

function toolRoute(name: string, tool: GymTool): WireRoute {
  const check = checker(tool.input);
  return {
    method: "POST",
    path: `/${name}`,
    summary: `NeMo Gym: ${tool.description}`,
    body: { type: "object" },
    answer: async ({ body, session, signal }) => {
      refuse(check(body), ["body"]);
      return { body: await tool.call(body as Row, session, signal) };
    },
  };
}

/** The session of a request, and the cookie that its answer sets again: a client sends the newest one back. */
export const sessionOf =
  (cookies: SessionCookies): SessionOf =>
  (headers) => {
    const session = cookies.sessionOf(headers["cookie"] as string | undefined);
    return { session, headers: { "set-cookie": cookies.issued(session) } };
  };
