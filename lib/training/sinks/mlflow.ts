import { postJson, type JsonReply, type ServerOptions } from "../../core/http/post-json";
import { finiteFigures, type Sink } from "./sink";

/** Where a run is kept, and under which name. */
export interface MlflowOptions extends ServerOptions {
  readonly experiment?: string; // "deepretrieval" if absent; made where it is not there
  readonly run?: string; // the run's name; MLflow invents one if absent
  readonly settings?: Readonly<Record<string, unknown>>; // kept as the run's parameters
}

/** StepFigures and parameters that MLflow takes at once. */
const [mostFigures, mostParameters] = [1000, 100];

/** MLflow's names have letters, digits and _ - . / and blanks only: R@50 becomes R_at_50. */
const nameFor = (name: string): string => name.replaceAll("@", "_at_").replace(/[^\w\-./ ]/g, "_");

/**
 * Keeps the figures of a run on an MLflow tracking server, by its REST API.
 *
 * @param server its address, such as "http://127.0.0.1:5000"
 */
export function mlflow(
  server: string,
  { experiment = "deepretrieval", run, settings = {}, ...http }: MlflowOptions = {},
): Sink {
  const api = `${server.replace(/\/+$/, "")}/api/2.0/mlflow`;
  let runId: string | undefined;
  const times = new Map<object, number>(); // of steps: a figure that is given twice with one time is kept once
  const timeOf = (step: object): number => {
    const time = times.get(step) ?? Date.now();
    times.set(step, time);
    return time;
  };
  const call = async (path: string, body: object, method: "POST" | "GET" = "POST"): Promise<JsonReply> => {
    const query = method === "GET" ? `?${new URLSearchParams(body as Record<string, string>).toString()}` : "";
    return postJson("MLflow", `${api}/${path}${query}`, body, { ...http, method });
  };
  const experimentId = async (): Promise<string> => {
    const found = await call("experiments/get-by-name", { experiment_name: experiment }, "GET");
    if (found.status === 200) return textAt(found, "experiment", "experiment_id");
    return textAt(await call("experiments/create", { name: experiment }), "experiment_id");
  };
  const opened = async (): Promise<string> => {
    if (runId !== undefined) return runId;
    const start_time = Date.now();
    const made = await call("runs/create", {
      experiment_id: await experimentId(),
      start_time,
      ...(run !== undefined && { run_name: run }),
    });
    runId = textAt(made, "run", "info", "run_id");
    const params = Object.entries(settings).map(([key, value]) => ({
      key: nameFor(key),
      value: (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))).slice(0, 500),
    }));
    for (let from = 0; from < params.length; from += mostParameters)
      expectTaken(await call("runs/log-batch", { run_id: runId, params: params.slice(from, from + mostParameters) }));
    return runId;
  };
  return {
    name: "MLflow",
    log: async (steps) => {
      const run_id = await opened();
      const metrics = steps.flatMap((step, i) =>
        finiteFigures(step).map(([name, value]) => ({
          key: nameFor(name),
          value,
          timestamp: timeOf(step),
          step: step.step ?? i + 1,
        })),
      );
      for (let from = 0; from < metrics.length; from += mostFigures)
        expectTaken(await call("runs/log-batch", { run_id, metrics: metrics.slice(from, from + mostFigures) }));
    },
    close: async (how) => {
      if (runId === undefined) return;
      const status = how === "finished" ? "FINISHED" : "FAILED";
      expectTaken(await call("runs/update", { run_id: runId, status, end_time: Date.now() }));
    },
  };
}

/** Throws Error with the server's word on a request that it refused. */
function expectTaken({ status, json }: JsonReply): void {
  if (status === 200) return;
  throw new Error(`MLflow refused the figures with HTTP ${status}: ${JSON.stringify(json)?.slice(0, 300)}`);
}

/** The text under a path of keys. Throws Error where the reply has none. */
function textAt(reply: JsonReply, ...path: readonly string[]): string {
  expectTaken(reply);
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], reply.json);
  if (typeof value === "string") return value;
  throw new Error(`MLflow's reply has no ${path.join(".")}: ${JSON.stringify(reply.json)?.slice(0, 300)}`);
}
