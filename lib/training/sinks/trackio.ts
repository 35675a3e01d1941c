import { postJson, type ServerOptions } from "../../core/http/post-json";
import { finiteFigures, type Sink } from "./sink";

/** Where a run is kept. */
export interface TrackioOptions extends ServerOptions {
  readonly project?: string; // "deepretrieval" if absent
  readonly run?: string; // the run's name; the time of its beginning if absent
  readonly settings?: Readonly<Record<string, unknown>>; // kept as the run's configuration
  readonly token?: string; // write token of a server of one's own, or a Hugging Face token of a Space
}

/**
 * Keeps the figures of a run on a trackio server, by the HTTP API that its own client uses. A step that is given twice
 * is kept once.
 *
 * @param server its address, such as "http://127.0.0.1:7860"; a `write_token` in it is sent as a header
 */
export function trackio(
  server: string,
  { project = "deepretrieval", run, settings, token, headers = {}, ...http }: TrackioOptions = {},
): Sink {
  const address = new URL(server);
  const given = token ?? address.searchParams.get("write_token") ?? undefined;
  const url = `${address.origin}${address.pathname.replace(/\/+$/, "")}/api/bulk_log`;
  const name = run ?? `run-${new Date().toISOString()}`;
  const authorised = {
    ...(given !== undefined && { "x-trackio-write-token": given, authorization: `Bearer ${given}` }),
    ...headers,
  };
  return {
    name: "trackio",
    log: async (steps) => {
      const logs = steps.map((step, i) => ({
        project,
        run: name,
        metrics: Object.fromEntries(finiteFigures(step)),
        step: step.step ?? i + 1,
        log_id: `${name}/${step.step ?? i + 1}`,
        ...(settings && { config: settings }),
      }));
      const { status, json } = await postJson(
        "trackio",
        url,
        { logs, hf_token: null },
        { ...http, headers: authorised },
      );
      if (status !== 200)
        throw new Error(`trackio refused the figures with HTTP ${status}: ${JSON.stringify(json)?.slice(0, 300)}`);
    },
    close: () => undefined, // trackio has no end of a run
  };
}
