import { randomUUID } from "node:crypto";
import type { Environment, Episode } from "./environment";
import type { RpcSessions } from "./rpc";

/** Milliseconds after which a session over HTTP that nobody used may be ended to make room. */
const forgotten = 30 * 60 * 1000;

/** The episodes that a server has open, on sockets and over HTTP together. */
export interface Sessions extends RpcSessions {
  readonly most: number;
  active(): number;
  /** Counts a socket, and returns what ends it; undefined where no more may be opened. */
  enter(): (() => void) | undefined;
}

/** @param most episodes at a time */
export function sessions(environment: Environment, most: number, now: () => number = Date.now): Sessions {
  const open = new Map<string, { readonly episode: Episode; used: number }>();
  let sockets = 0;
  const hasRoom = (): boolean => {
    if (sockets + open.size < most) return true;
    for (const [id, { used }] of open) if (now() - used > forgotten) open.delete(id);
    return sockets + open.size < most;
  };
  return {
    most,
    active: () => sockets + open.size,
    enter() {
      if (!hasRoom()) return undefined;
      sockets++;
      let left = false;
      return () => {
        if (!left) sockets--;
        left = true;
      };
    },
    open() {
      if (!hasRoom()) return undefined;
      const [id, episode] = [randomUUID(), environment.open()];
      open.set(id, { episode, used: now() });
      return { id, episode };
    },
    get(id) {
      const session = open.get(id);
      if (session) session.used = now();
      return session?.episode;
    },
    close: (id) => open.delete(id),
  };
}
