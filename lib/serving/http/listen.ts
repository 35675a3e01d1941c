import type { AddressInfo } from "node:net";
import type { App } from "./app";
import { type HttpSettings, httpSettings } from "./http-settings";

/** A server that listens. */
export interface Listening {
  readonly url: string; // "http://127.0.0.1:8000"
  /**
   * Takes no new connection, answers what is in flight, and closes the services. After the time of grace, or once `now`
   * fires, connections are cut.
   */
  close(now?: AbortSignal): Promise<void>;
}

/** Listens. Rejects with the system's error where the address is taken or not allowed. */
export async function listen(app: App, given: Partial<HttpSettings> = {}): Promise<Listening> {
  const { host, port, graceSeconds } = httpSettings(given);
  await app.listen({ host, port });
  const { address, family, port: own } = app.server.address() as AddressInfo;
  const cut = (): void => app.server.closeAllConnections();
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${own}`,
    async close(now) {
      const timer = setTimeout(cut, graceSeconds * 1000);
      now?.addEventListener("abort", cut);
      try {
        await app.close();
      } finally {
        clearTimeout(timer);
        now?.removeEventListener("abort", cut);
      }
    },
  };
}
