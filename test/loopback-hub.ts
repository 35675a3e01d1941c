import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HubOptions } from "../lib/data/hub/hub";
import { temporaryFolder } from "./fixtures";

export const commit = "0123456789abcdef0123456789abcdef01234567";
export const weights = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
export const contents: Record<string, Buffer> = {
  "config.json": Buffer.from('{"hidden_size": 8}'),
  "model.safetensors": weights,
  "sql/bird/test.parquet": Buffer.from("PAR1"),
  "sql/spider/val.parquet": Buffer.from("PAR2"),
};
const sha = (algorithm: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest("hex");

type Serve = (request: IncomingMessage, response: ServerResponse, path: string) => boolean; // true: dealt with

const servers = new Set<Server>();
/** For `test.after`. */
export const closeHubs = (): void => servers.forEach((server) => (server.closeAllConnections(), server.close()));

/** Files by their path in a repository. */
type Files = Readonly<Record<string, Buffer>>;

/**
 * A hub on this machine; `misbehave` may answer instead of it. Every request is noted. It holds the same files in every
 * repository, or, where `held` is a function, those that it gives for the request's path.
 */
export async function hub(misbehave: Serve = () => false, held: Files | ((pathname: string) => Files) = contents) {
  const seen: { url: string; range: string | undefined; token: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://x");
    seen.push({ url: pathname, range: request.headers.range, token: request.headers.authorization });
    const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    const path = decodeURIComponent(/\/resolve\/[^/]+\/(.*)/.exec(pathname)?.[1] ?? "");
    if (misbehave(request, response, path)) return;
    const listed = typeof held === "function" ? held(pathname) : held;
    if (/^\/api\/(models|datasets)\/[^/]+\/[^/]+\/revision\//.test(pathname))
      return json({ id: "o/r", sha: commit, lastModified: 0 });
    if (pathname.includes("/tree/")) {
      return json(
        Object.entries(listed).map(([name, bytes]) =>
          name.endsWith(".safetensors")
            ? {
                type: "file",
                path: name,
                size: bytes.length,
                oid: "0".repeat(40),
                lfs: { oid: sha("sha256", bytes), size: bytes.length, pointerSize: 134 },
              }
            : { type: "file", path: name, size: bytes.length, oid: sha("sha1", `blob ${bytes.length}\0`, bytes) },
        ),
      );
    }
    const bytes = typeof held === "function" ? listed[path] : contents[path];
    if (!bytes) return response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from ? 206 : 200, {
      "content-length": bytes.length - from,
      ...(from ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.end(bytes.subarray(from));
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    seen,
    server,
    options: { endpoint, cache: temporaryFolder(), wait: 0.01, idle: 2, attempts: 3 } satisfies HubOptions,
  };
}
