import type { App } from "./app";
import type { Metrics } from "./metrics";

/** Whether a service can answer, and facts about it, as GET /health shows them. */
export interface Health {
  readonly ready: boolean; // false: /health answers 503
  readonly [fact: string]: unknown;
}

/** What all services of a server share. */
export interface Shared {
  readonly metrics: Metrics; // GET /metrics shows every metric that is registered here
}

/**
 * A group of routes that a server offers, such as the OpenAI-compatible ones of a model. A server owns its services: it
 * closes them after the last request has been answered.
 */
export interface Service {
  readonly name: string; // its key in the answer of GET /health
  /**
   * Adds the routes. `app` is a scope of its own: hooks, content types and error handlers that are set here do not
   * reach the routes of other services. A route with `config: { open: true }` needs no API key.
   */
  routes(app: App, shared: Shared): void | Promise<void>;
  health?(): Health;
  close?(): void | Promise<void>;
}
