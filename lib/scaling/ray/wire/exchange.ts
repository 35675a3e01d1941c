import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { agents } from "../../../core/http/agents";
import type { RayServer } from "./server";

/** One request to a cluster. */
export interface RayCall {
  readonly path: string; // begins with "/"
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: Uint8Array | object; // an object is sent as JSON
  readonly signal?: AbortSignal | undefined;
  /** takes the bytes of a reply with status 200 as they come; such a reply has none itself */
  readonly onData?: (bytes: Uint8Array) => void;
}

/** A reply, whatever its status. */
export interface RayReply {
  readonly status: number;
  readonly type: string; // the media type
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Uint8Array;
}

/**
 * Sends one request over node:http: Ray refuses every write of Node's `fetch` with status 405, since its headers look
 * like those of a browser. A redirect is not followed, since the headers hold the token. Fails where no byte comes or
 * goes for `timeoutSeconds`.
 */
export function exchange(server: RayServer, call: RayCall): Promise<RayReply> {
  const { path, method = "GET", body, signal, onData } = call;
  const url = new URL(server.base + path);
  const secure = url.protocol === "https:";
  const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const json = body !== undefined && !(body instanceof Uint8Array);
  return new Promise((resolve, reject) => {
    const request = (secure ? overHttps : overHttp)(
      url,
      {
        method,
        agent: agents[secure ? "https:" : "http:"],
        headers: {
          ...server.headers,
          accept: "application/json, */*",
          ...(json && { "content-type": "application/json" }),
          ...((bytes !== undefined || method !== "GET") && { "content-length": bytes?.length ?? 0 }),
        },
        ...(secure && server.ca !== undefined && { ca: server.ca }),
        ...(signal && { signal }),
      },
      (response) => {
        const { statusCode: status = 0, headers } = response;
        const parts: Uint8Array[] = [];
        const take = status === 200 && onData ? onData : (part: Uint8Array) => void parts.push(part);
        response.on("data", (part: Buffer) => {
          try {
            take(part);
          } catch (error) {
            response.destroy(error as Error);
          }
        });
        response.once("error", reject);
        response.once("aborted", () => reject(coded("ECONNRESET", "the connection broke within the reply")));
        response.once("end", () =>
          resolve({ status, type: headers["content-type"] ?? "", headers, bytes: Buffer.concat(parts) }),
        );
      },
    );
    request.setTimeout(server.timeoutSeconds * 1000, () =>
      request.destroy(coded("ETIMEDOUT", `nothing came for ${server.timeoutSeconds} s`)),
    );
    request.once("error", reject);
    request.end(bytes);
  });
}

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });
