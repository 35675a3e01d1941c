import type { Connection } from "../calls/connection";
import { unsupported } from "../calls/connection";
import type { Call } from "../calls/send";

/** A session: models belong to it, and a server unloads them when it hears nothing of the session for minutes. */
export interface Session {
  readonly id: string;
  /** Ends the heartbeats. */
  close(): void;
}

/** Milliseconds between heartbeats, as in the official client. */
export const heartbeat = { every: 10_000 };

/**
 * Begins a session and sends its heartbeats until it is closed. They do not keep the process alive. A heartbeat that is
 * lost is not repeated: the next one follows, and a server that has forgotten the session says so to the next call.
 */
export async function session(
  { address, kind, call, refresh }: Connection,
  patience: Pick<Call, "attempts" | "signal">,
): Promise<Session> {
  const reply = await call({
    path: "create_session",
    body: { tags: [], user_metadata: {}, sdk_version: kind.sdkVersion, type: "create_session" },
    ...patience,
  });
  const { session_id, error_message } = (reply.json ?? {}) as { session_id?: unknown; error_message?: unknown };
  if (typeof error_message === "string" && error_message !== "")
    throw new RangeError(`tinker: ${address.name} refuses this client: ${error_message}`);
  if (reply.status !== 200 || typeof session_id !== "string") throw unsupported(address.name, "create_session", reply);
  const closed = new AbortController();
  const beat = async (): Promise<void> => {
    await refresh();
    const body = { session_id, type: "session_heartbeat" };
    const { status } = await call({ path: "session_heartbeat", body, attempts: 1, signal: closed.signal });
    if (status === 410 || status === 404) closed.abort(); // the session has ended
  };
  const again = (): void => {
    if (closed.signal.aborted) return clearInterval(timer);
    beat().catch(() => undefined); // an outage: the calls that need the server wait for it and say so
  };
  const timer: NodeJS.Timeout = setInterval(again, heartbeat.every).unref();
  again(); // a session that was never heard of would keep its models for ever
  return {
    id: session_id,
    close() {
      clearInterval(timer);
      closed.abort();
    },
  };
}
