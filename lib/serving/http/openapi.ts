// The plugin of Fastify's own organisation; it writes the description from the schemas that check the requests.
import swagger from "@fastify/swagger";
import type { App } from "./app";

/** Adds GET /openapi.json, which describes every route that is added afterwards. */
export async function describeRoutes(app: App, version: string, keyed: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "DeepRetrieval", description: "Query rewriting and retrieval rewards", version },
      ...(keyed && {
        components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
        security: [{ key: [] }],
      }),
    },
  });
  app.get("/openapi.json", { config: { open: true }, schema: { hide: true } }, () => app.swagger());
}
