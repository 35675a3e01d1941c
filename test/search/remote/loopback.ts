import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a loopback server saw it; the parameters from the URL or the form. */
export interface Seen {
  readonly at: number; // ms
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface Said {
  readonly status?: number; // 200
  readonly type?: string; // application/json
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delay?: number; // ms
  readonly hangUp?: boolean; // closes the connection instead
}

/** Serves `answer` on loopback. `close` at the end of a test, or Node stays. */
export async function loopback(answer: (seen: Seen, number: number) => Said) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const at = performance.now(); // of arrival, before the form is read
    const url = new URL(request.url!, "http://localhost");
    const form = await bodyOf(request);
    const one: Seen = {
      at,
      method: request.method!,
      path: url.pathname,
      params: Object.fromEntries([...url.searchParams, ...new URLSearchParams(form)]),
    };
    seen.push(one);
    const {
      status = 200,
      type = "application/json",
      body,
      headers = {},
      delay = 0,
      hangUp = false,
    } = answer(one, seen.length);
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (hangUp) return void request.socket.destroy();
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece as string;
  return text;
}

/** A page of an ESearch over `count` matches numbered from 1, as NCBI's JSON. */
export function esearchPage(count: number, params: Readonly<Record<string, string>>, more: object = {}): string {
  const [start, max] = [Number(params["retstart"] ?? 0), Number(params["retmax"] ?? 20)];
  const idlist = Array.from({ length: Math.max(0, Math.min(max, count - start)) }, (_, i) => String(start + i + 1));
  return JSON.stringify({
    header: { type: "esearch", version: "0.3" },
    esearchresult: { count: String(count), retmax: String(idlist.length), retstart: String(start), idlist, ...more },
  });
}

/** True when more than `limit` of `seen`, the newest included, came within one second. */
export const tooFast = (seen: readonly Seen[], limit: number): boolean =>
  seen.length > limit && seen.at(-1)!.at - seen.at(-1 - limit)!.at < 1000;
