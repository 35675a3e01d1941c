import { createHash, timingSafeEqual } from "node:crypto";
import type { App } from "./app";
import { HttpError } from "./http-error";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Asks for `Authorization: Bearer KEY` on every route that is not open. The time that a comparison takes tells nothing
 * about the key.
 */
export function requireKey(app: App, key: string): void {
  const expected = digest(key);
  app.addHook("onRequest", async (request, reply) => {
    if (request.routeOptions.config.open) return;
    const [, given] = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (given !== undefined && timingSafeEqual(digest(given.trim()), expected)) return;
    reply.header("www-authenticate", "Bearer");
    throw new HttpError(
      401,
      given === undefined
        ? "This server asks for an API key. Send the header Authorization: Bearer KEY."
        : "The API key is not the one of this server.",
      { code: "invalid_api_key" },
    );
  });
}
