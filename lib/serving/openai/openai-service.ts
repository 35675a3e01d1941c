import { measureBatches } from "../batching/batch-metrics";
import type { Service } from "../http/service";
import { chatRoutes } from "./chat";
import { completionRoutes } from "./completions";
import { modelRoutes, type Models } from "./models";
import { requestIds } from "./request-ids";

/** OpenAI's API over models of this process: /v1/models, /v1/completions, /v1/chat/completions. Owns the models. */
export const openAIService = (models: Models): Service => ({
  name: "models",
  routes(app, { metrics }) {
    measureBatches(metrics, models);
    modelRoutes(app, models);
    completionRoutes(app, models, requestIds);
    chatRoutes(app, models, requestIds);
  },
  health: () => ({
    ready: true,
    ...Object.fromEntries(models.map(({ id, generation: { load } }) => [id, load])),
  }),
  async close() {
    for (const model of models) await model.close();
  },
});
