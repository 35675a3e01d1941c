import type { App } from "./app";
import type { Service } from "./service";

/**
 * Adds GET /health: 200 while every service can answer, 503 otherwise and while the server closes. The word "healthy"
 * is what OpenEnv's clients look for.
 */
export function answerHealth(app: App, services: readonly Service[], closing: () => boolean): void {
  const started = performance.now();
  app.get(
    "/health",
    {
      config: { open: true },
      logLevel: "warn",
      schema: { summary: "Whether the server can answer", tags: ["server"] },
    },
    (_, reply) => {
      const parts = services.map(({ name, health }) => [name, health?.() ?? { ready: true }] as const);
      const ready = !closing() && parts.every(([, { ready }]) => ready);
      return reply.code(ready ? 200 : 503).send({
        status: ready ? "healthy" : closing() ? "closing" : "unavailable",
        seconds: Math.round((performance.now() - started) / 1000),
        services: Object.fromEntries(parts),
      });
    },
  );
}
