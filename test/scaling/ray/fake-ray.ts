import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** One reply of a fake dashboard. */
export interface FakeReply {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string | Uint8Array | object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that a fake dashboard received. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string; // with its parameters
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export type FakeAnswer = (request: FakeRequest) => FakeReply | undefined | "drop";
/** The frames of one connection of a log tail; a number is a close code. */
export type FakeTail = (path: string, connection: number) => readonly (string | Uint8Array | number)[] | undefined;

const version = { version: "4", ray_version: "2.58.0", ray_commit: "x", session_name: "s" };

/**
 * A dashboard on a port of this machine. Ray's version is answered by itself; `answer` says all else, and undefined
 * stands for 404. A tail that is undefined refuses the connection with 404.
 */
export async function fakeRay(answer: FakeAnswer, tail: FakeTail = () => undefined, { port = 0 } = {}) {
  const requests: FakeRequest[] = [];
  const tails: string[] = [];
  const reply = (response: ServerResponse, { status = 200, type, body = "", headers = {} }: FakeReply): void => {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    response.writeHead(status, { "content-type": type ?? (raw ? "text/plain" : "application/json"), ...headers });
    response.end(raw ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const received = { method, path, headers, body: Buffer.concat(parts) };
      requests.push(received);
      const said = answer(received) ?? (path === "/api/version" ? { body: version } : undefined);
      if (said === "drop") return void request.socket.destroy();
      reply(response, said ?? { status: 404, body: "404: Not Found" });
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const path = request.url ?? "";
    const frames = tail(path, tails.push(path));
    if (!frames) return void socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (client) => {
      for (const frame of frames) {
        if (typeof frame === "number") client.close(frame);
        else client.send(frame, { binary: false });
      }
      if (!frames.some((frame) => typeof frame === "number")) client.terminate(); // the connection breaks
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, tails, close };
}

/** A job as Ray describes it. */
export const jobJson = (id: string, status: string, more: object = {}): object => ({
  type: "SUBMISSION",
  job_id: null,
  submission_id: id,
  driver_info: null,
  status,
  entrypoint: "python3 hello.py",
  message: `Job is ${status}.`,
  error_type: null,
  start_time: 1795451969324,
  end_time: null,
  metadata: {},
  runtime_env: null,
  driver_agent_http_address: "http://192.0.2.2:52365",
  driver_node_id: null,
  driver_exit_code: null,
  ...more,
});

/** Nodes as Ray's state API lists them: the head, and workers with these resources. */
export const nodesJson = (...resources: readonly object[]): object => ({
  data: {
    result: {
      result: resources.map((resources_total, i) => ({
        node_id: `n${i}`,
        node_ip: `192.0.2.${i + 2}`,
        is_head_node: i === 0,
        state: "ALIVE",
        resources_total,
      })),
    },
  },
});
