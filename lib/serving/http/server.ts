import type { Socket } from "node:net";
import { type App, fastify, LogController } from "./app";
import { requireKey } from "./api-key";
import { asHttpError } from "./as-http-error";
import { answerHealth } from "./health";
import { errorBody, HttpError } from "./http-error";
import { type HttpSettings, httpSettings } from "./http-settings";
import { readJsonBodies } from "./json-body";
import { measureRequests, type Metrics, metricsRegistry } from "./metrics";
import { describeRoutes } from "./openapi";
import type { Service } from "./service";

/** What a server needs beside its settings. */
interface ServerParts {
  readonly version?: string; // in the OpenAPI description
  readonly metrics?: Metrics; // a registry to show at /metrics
  readonly log?: { write(line: string): void }; // where lines of JSON go; stderr if absent
}

/**
 * A server that offers `services`, with GET /health, /metrics and /openapi.json beside them. It owns the services. It
 * does not listen yet: `listen` does that, and `inject` answers a request without a network. Throws RangeError or
 * TypeError for settings that are not allowed.
 */
export async function createServer(
  services: readonly Service[],
  given: Partial<HttpSettings> = {},
  { version = "0", metrics = metricsRegistry(), log = process.stderr }: ServerParts = {},
): Promise<App> {
  const { bodyLimit, headerSeconds, requestSeconds, logLevel, apiKey } = httpSettings(given);
  const app: App = fastify({
    bodyLimit,
    requestTimeout: requestSeconds * 1000,
    http: { headersTimeout: headerSeconds * 1000, connectionsCheckingInterval: 1000 },
    logger: { level: logLevel, stream: log },
    logController: new LogController({ disableRequestLogging: true }), // one line for each request, below
    requestIdHeader: false, // a client does not choose what the log says
    forceCloseConnections: "idle",
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    clientErrorHandler: answerNonsense,
  });
  let closing = false;
  app.addHook("preClose", async () => void (closing = true));
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, id } = request;
    const seconds = Number((reply.elapsedTime / 1000).toFixed(4));
    request.log.info({ id, method, route: request.routeOptions.url, status: reply.statusCode, seconds }, "answered");
    // a connection that stays open for another request would hold up the end
    if (closing) setImmediate(() => app.server.closeIdleConnections());
  });
  app.setErrorHandler<Error>((error, request, reply) => {
    const known = asHttpError(error);
    if (known.status >= 500) request.log.error({ id: request.id, err: error }, known.message);
    if (known.retryAfter !== undefined) reply.header("retry-after", Math.ceil(known.retryAfter));
    return reply.code(known.status).type("application/json").send(errorBody(known));
  });
  app.setNotFoundHandler((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.url.slice(0, 120)} here; see /openapi.json.`, {
      code: "not_found",
    });
  });
  readJsonBodies(app);
  measureRequests(app, metrics);
  if (apiKey !== "") requireKey(app, apiKey);
  await describeRoutes(app, version, apiKey !== "");
  answerHealth(app, services, () => closing);
  for (const service of services) {
    app.addHook("onClose", async () => service.close?.());
    await app.register(async (scope) => service.routes(scope, { metrics }));
  }
  return app;
}

/** What is sent to a client whose bytes are no HTTP request, or come too slowly; then the connection ends. */
function answerNonsense(error: Error & { code?: string }, socket: Socket): void {
  const [status, name, message] = nonsense[error.code ?? ""] ?? [400, "Bad Request", "This is no HTTP request."];
  const body = JSON.stringify(errorBody(new HttpError(status, message, { code: "bad_request" })));
  if (socket.writable)
    socket.end(
      `HTTP/1.1 ${status} ${name}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `Connection: close\r\n\r\n${body}`,
    );
  else socket.destroy();
}

const nonsense: Readonly<Record<string, readonly [status: number, name: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request did not come in time. Send it faster."],
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The headers are too large. Send fewer."],
};
