// Fastify is the web framework. It checks each request against the JSON Schema that also writes the OpenAPI
// description, it limits bodies and times, and it closes without cutting requests off. It is maintained by the OpenJS
// Foundation, has types of its own, and is the fastest of the established frameworks for Node.
export { fastify, LogController } from "fastify";
export type {
  FastifyInstance as App,
  FastifyError as FrameworkError,
  FastifyReply as Reply,
  FastifyRequest as Request,
} from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** the route answers without an API key */
    readonly open?: boolean;
  }
}
