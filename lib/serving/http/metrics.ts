// prom-client is the established Prometheus client for Node. It writes the text format and the histogram's buckets.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "./app";

export { Counter, Gauge, Histogram };
export type Metrics = Registry;

/** An empty set of metrics. */
export const metricsRegistry = (): Metrics => new Registry();

/**
 * Adds memory, processor time, event loop and garbage collection of this process. They observe the process until it
 * ends, so only its main program adds them, once.
 */
export const addProcessMetrics = (metrics: Metrics): void => collectDefaultMetrics({ register: metrics });

/** Seconds: from a look-up to a long generation. */
const seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** Counts requests and measures their times, and adds GET /metrics. */
export function measureRequests(app: App, metrics: Metrics): void {
  const registers = [metrics];
  const total = new Counter({
    name: "deepretrieval_http_requests_total",
    help: "Requests that were answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "deepretrieval_http_request_seconds",
    help: "Time from the request's headers to the end of its answer",
    labelNames: ["route"],
    buckets: seconds,
    registers,
  });
  const open = new Gauge({
    name: "deepretrieval_http_requests_in_flight",
    help: "Requests that are being answered",
    registers,
  });
  app.addHook("onRequest", async (_, reply) => {
    open.inc();
    reply.raw.once("close", () => open.dec());
  });
  app.addHook("onResponse", async (request, reply) => {
    // the pattern of the route, since each address that somebody makes up would be a label of its own
    const route = request.routeOptions.url ?? "none";
    total.inc({ method: request.method, route, status: reply.statusCode });
    duration.observe({ route }, reply.elapsedTime / 1000);
  });
  app.get("/metrics", { schema: { summary: "Metrics in Prometheus' text format", tags: ["server"] } }, (_, reply) =>
    metrics.metrics().then((text) => reply.type(metrics.contentType).send(text)),
  );
}
