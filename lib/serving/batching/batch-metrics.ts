import { Counter, Gauge, type Metrics } from "../http/metrics";
import type { ServedModel } from "./served-model";

const gauges = {
  running: ["deepretrieval_completions_running", "Completions that are being generated"],
  waiting: ["deepretrieval_completions_waiting", "Completions that wait for a place in the batch"],
  cacheBytes: ["deepretrieval_cache_bytes", "Memory of the keys and values of all rows"],
} as const;

/** Adds what models have to do, and have done, to the metrics. They are read when somebody asks for them. */
export function measureBatches(metrics: Metrics, models: readonly ServedModel[]): void {
  const shared = { labelNames: ["model"], registers: [metrics] };
  for (const [field, [name, help]] of Object.entries(gauges))
    new Gauge({
      name,
      help,
      ...shared,
      collect() {
        for (const { id, generation } of models) this.set({ model: id }, generation.load[field as keyof typeof gauges]);
      },
    });
  const seen = new Map<ServedModel, number>();
  new Counter({
    name: "deepretrieval_generated_tokens_total",
    help: "Tokens that were generated",
    ...shared,
    collect() {
      for (const model of models) {
        const { tokens } = model.generation.load;
        this.inc({ model: model.id }, tokens - (seen.get(model) ?? 0));
        seen.set(model, tokens);
      }
    },
  });
}
