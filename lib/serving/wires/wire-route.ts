import { parseJson, writeJson } from "../../core/json";
import type { App, Reply, Request } from "../http/app";
import { asHttpError } from "../http/as-http-error";
import { nesting } from "../http/json-body";
import { WireFault } from "../requests/issue";
import { checker, type JsonSchema } from "../requests/schema-check";
import { refuse } from "../requests/issue";

/** What a route of a wire gets. */
export interface WireCall {
  /** the body, checked against the route's schema; undefined where there is none */
  readonly body: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** of a wire that has sessions; else "" */
  readonly session: string;
  /** fires when the caller has gone */
  readonly signal: AbortSignal;
}

/** An answer of a route. A body that is no text is sent as JSON. */
export interface WireAnswer {
  readonly status?: number; // 200 if absent
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route of a wire, without a framework: from a call to its answer. */
export interface WireRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  readonly body?: JsonSchema; // of a POST; a body that breaks it is answered with 422
  readonly optionalBody?: boolean; // no body at all counts as {}
  readonly rawBody?: boolean; // the route reads the text of the body itself
  readonly open?: boolean; // needs no API key
  readonly hidden?: boolean; // not in the OpenAPI description
  readonly answer: (call: WireCall) => Promise<WireAnswer>;
}

/** The session of a request by its headers, and the headers that every answer to it bears, errors included. */
export type SessionOf = (headers: WireCall["headers"]) => {
  readonly session: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Adds the routes of a wire to a scope of a server. Errors have FastAPI's body `{ detail }`, since that is what clients
 * of these wires read.
 */
export function addWire(app: App, tag: string, routes: readonly WireRoute[], sessionOf?: SessionOf): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_, body, done) => done(null, body));
  app.setErrorHandler<Error>((error, request, reply) => answerError(error, request, reply));
  const sessions = new WeakMap<Request, string>();
  if (sessionOf)
    app.addHook("onRequest", async (request, reply) => {
      const { session, headers } = sessionOf(request.headers);
      sessions.set(request, session);
      reply.headers(headers);
    });
  for (const route of routes) {
    const { method, path: url, summary, body, open = false, hidden = false } = route;
    const check = body && checker(body);
    app.route({
      method,
      url,
      config: { open },
      schema: { summary, tags: [tag], hide: hidden, ...(body && { body }) },
      validatorCompiler: () => () => true, // the route checks by itself, with the wire's own errors
      handler: async (request, reply) => {
        const call = {
          body: method === "POST" ? bodyOf(request.body, route, check) : undefined,
          params: request.params as WireCall["params"],
          query: request.query as WireCall["query"],
          headers: request.headers,
          session: sessions.get(request) ?? "",
          signal: goneSignal(reply),
        };
        const { status = 200, body: answer, headers = {} } = await route.answer(call);
        return send(reply.headers(headers), status, answer);
      },
    });
  }
}

function bodyOf(given: unknown, { rawBody, optionalBody }: WireRoute, check?: ReturnType<typeof checker>): unknown {
  const text = typeof given === "string" ? given : "";
  if (rawBody) return text;
  const body = text.trim() === "" && optionalBody ? {} : jsonOf(text);
  if (check) refuse(check(body), ["body"]);
  return body;
}

/** The value of a JSON text; integers past 2⁵³ keep their digits. Throws status 422 as FastAPI does. */
export function jsonOf(text: string): unknown {
  const unread = (why: string): never => {
    const issue = { type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {}, ctx: { error: why } };
    throw new WireFault(422, [issue]);
  };
  if (text.trim() === "")
    throw new WireFault(422, [{ type: "missing", loc: ["body"], msg: "Field required", input: null }]);
  if (nesting(text) > 64) return unread("nested deeper than 64 levels");
  try {
    return parseJson(text);
  } catch (error) {
    return unread((error as Error).message.slice(0, 160));
  }
}

/** Fires when the connection closes before the answer was sent. */
function goneSignal(reply: Reply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function answerError(error: Error, request: Request, reply: Reply): Reply {
  if (error.name === "WireFault") {
    const { status, detail, extra, retryAfter } = error as WireFault;
    if (retryAfter !== undefined) reply.header("retry-after", Math.ceil(retryAfter));
    return send(reply, status, { detail, ...extra });
  }
  const known = asHttpError(error);
  if (known.status >= 500 && error.name !== "Interrupted")
    request.log.error({ id: request.id, err: error }, known.message);
  if (known.retryAfter !== undefined) reply.header("retry-after", Math.ceil(known.retryAfter));
  return send(reply, known.status, { detail: known.message });
}

const send = (reply: Reply, status: number, body: unknown): Reply =>
  typeof body === "string"
    ? reply.code(status).type("text/plain; charset=utf-8").send(body)
    : reply.code(status).type("application/json; charset=utf-8").send(writeJson(body));
