// The WebSocket plugin of Fastify's own organisation, over the package ws.
import websocket from "@fastify/websocket";
import type { App } from "../../http/app";
import { writeJson } from "../../../core/json";
import type { Environment } from "./environment";
import { errorFrame, frameSession } from "./frames";
import { answerRpcText, failed, rpc } from "./rpc";
import type { Sessions } from "./sessions";

type Socket = import("@fastify/websocket").WebSocket;

/** What answers the frames of one socket, one after the other; "close" ends it. */
type Answerer = (text: string, signal: AbortSignal) => Promise<unknown>;

const waitingFrames = 64; // a client waits for each answer; one that sends on and on is cut off

/** Adds the sockets of OpenEnv, /ws for episodes and /mcp for tools, with at most as many as the server allows. */
export async function openEnvSockets(app: App, environment: Environment, open: Sessions, largest: number) {
  await app.register(websocket, { options: { maxPayload: largest } });
  app.get(
    "/ws",
    { websocket: true, schema: { summary: "OpenEnv: episodes", tags: ["openenv"] } },
    (socket, request) => {
      const leave = open.enter();
      if (!leave) {
        const [active_sessions, max_sessions] = [open.active(), open.most];
        return refuse(
          socket,
          errorFrame(
            "CAPACITY_REACHED",
            `Server at capacity: ${active_sessions}/${max_sessions} sessions active. Cannot accept new connections.`,
            { active_sessions, max_sessions },
          ),
        );
      }
      socket.once("close", leave);
      const { session_id: id } = request.query as { readonly session_id?: string };
      const attached = id === undefined ? undefined : open.get(id);
      if (id !== undefined && !attached)
        return refuse(socket, errorFrame("SESSION_ERROR", `Unknown session_id: ${id.slice(0, 60)}`));
      const session = frameSession(environment, attached);
      converse(socket, (text, signal) => session.answer(text, signal), {
        onError: (error) => request.log.error({ id: request.id, err: error }, "a frame failed"),
        onBinary: errorFrame("INVALID_JSON", "Invalid JSON: the frame is binary"),
      });
    },
  );
  app.get("/mcp", { websocket: true, schema: { hide: true } }, (socket, request) => {
    const leave = open.enter();
    if (!leave) return refuse(socket, failed(null, -32000, "Server at capacity"));
    socket.once("close", leave);
    const calls = rpc(environment, { episode: environment.open() });
    converse(socket, (text, signal) => answerRpcText(calls, text, signal), {
      onError: (error) => request.log.error({ id: request.id, err: error }, "a frame failed"),
      onBinary: failed(null, -32700, "Parse error"),
    });
  });
}

function refuse(socket: Socket, frame: unknown): void {
  socket.send(writeJson(frame), () => socket.close());
}

/** Answers each frame before it looks at the next one, and stops work when the client has gone. */
function converse(
  socket: Socket,
  answer: Answerer,
  { onError, onBinary }: { readonly onError: (error: Error) => void; readonly onBinary: unknown },
): void {
  const gone = new AbortController();
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  socket.on("close", () => gone.abort());
  socket.on("error", () => socket.terminate()); // a frame that is too large or broken
  socket.on("message", (data: Buffer, binary: boolean) => {
    if (++waiting > waitingFrames) return socket.close(1008, "too many frames without waiting for answers");
    last = last
      .then(async () => {
        if (gone.signal.aborted) return;
        const frame = binary ? onBinary : await answer(data.toString("utf8"), gone.signal);
        if (frame === "close") socket.close(1000);
        else if (socket.readyState === socket.OPEN) socket.send(writeJson(frame));
      })
      .catch((error: Error) => {
        if (gone.signal.aborted) return;
        onError(error);
        socket.close(1011, "internal error");
      })
      .finally(() => waiting--);
  });
}
