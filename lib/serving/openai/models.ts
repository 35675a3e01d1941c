import type { ServedModel } from "../batching/served-model";
import type { App } from "../http/app";
import { HttpError } from "../http/http-error";

/** The models of a server, the one that answers requests without a model first. */
export type Models = readonly [ServedModel, ...ServedModel[]];

/** The model that a request names. A name is compared with those of the models and is never looked up anywhere. */
export function namedModel(models: Models, name: string | undefined): ServedModel {
  const found = name === undefined ? models[0] : models.find(({ id }) => id === name);
  if (found) return found;
  throw new HttpError(
    404,
    `The model ${JSON.stringify(name!.slice(0, 80))} does not exist here. Models: ` +
      `${models.map(({ id }) => id).join(", ")}.`,
    { code: "model_not_found", param: "model" },
  );
}

const record = ({ id, created, context }: ServedModel) => ({
  id,
  object: "model",
  created,
  owned_by: "deepretrieval",
  max_model_len: context,
});

/** Adds GET /v1/models and GET /v1/models/ID. */
export function modelRoutes(app: App, models: Models): void {
  const schema = (summary: string) => ({ schema: { summary, tags: ["OpenAI"] } });
  app.get("/v1/models", schema("The models of this server"), async () => ({
    object: "list",
    data: models.map(record),
  }));
  // an id of the Hub has a slash in it
  app.get<{ Params: { "*": string } }>("/v1/models/*", schema("One model"), async ({ params }) =>
    record(namedModel(models, params["*"])),
  );
}
