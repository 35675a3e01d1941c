import { nearest } from "../../core/nearest";

/** What the costs of a decoder follow from. */
export interface ModelShape {
  readonly parameters: number; // N, with the embedding
  readonly layers: number; // L
  readonly hidden: number; // C
  readonly keyValue: number; // width of the keys of a layer, heads · head dimension; the values are as wide
  readonly vocabulary: number; // V
}

/**
 * Models by name. Parameters: the model cards (Qwen2.5 0.49, 1.54, 3.09 and 7.62 billion; Llama 3.2 1.24 and 3.21;
 * Llama 3.1 8.03; Gemma 2 2.61; SmolLM2 0.135). The other numbers: config.json of each.
 */
export const modelShapes = {
  "SmolLM2-135M": shape(0.135, 30, 576, 192, 49152),
  "Qwen2.5-0.5B": shape(0.494, 24, 896, 128, 151936),
  "Qwen2.5-1.5B": shape(1.54, 28, 1536, 256, 151936),
  "Qwen2.5-3B": shape(3.09, 36, 2048, 256, 151936),
  "Qwen2.5-7B": shape(7.62, 28, 3584, 512, 152064),
  "Llama-3.2-1B": shape(1.24, 16, 2048, 512, 128256),
  "Llama-3.2-3B": shape(3.21, 28, 3072, 1024, 128256),
  "Llama-3.1-8B": shape(8.03, 32, 4096, 1024, 128256),
  "Gemma-2-2B": shape(2.61, 26, 2304, 1024, 256000),
} as const satisfies Readonly<Record<string, ModelShape>>;

export type ModelName = keyof typeof modelShapes;

function shape(billions: number, layers: number, hidden: number, keyValue: number, vocabulary: number): ModelShape {
  return { parameters: billions * 1e9, layers, hidden, keyValue, vocabulary };
}

/** The shape of a model, by its name or given as it is. Throws RangeError with the names that there are. */
export function shapeOf(model: string | ModelShape): ModelShape {
  if (typeof model !== "string") return checked(model);
  const bare = model.replace(/^.*\//, "").replace(/-(Instruct|it)$/, "");
  const known = Object.keys(modelShapes) as ModelName[];
  const found = known.find((name) => name.toLowerCase() === bare.toLowerCase());
  if (found) return modelShapes[found];
  const [meant] = nearest(bare, known, 1);
  throw new RangeError(
    `scaleEstimate: model is ${JSON.stringify(model)}, whose shape is not known here. Known: ${known.join(", ")}.` +
      `${meant === undefined ? "" : ` Did you mean ${meant}?`} Or pass { parameters, layers, hidden, keyValue, ` +
      "vocabulary }.",
  );
}

function checked(model: ModelShape): ModelShape {
  for (const name of ["parameters", "layers", "hidden", "keyValue", "vocabulary"] as const)
    if (!(Number.isFinite(model[name]) && model[name] > 0))
      throw new RangeError(`scaleEstimate: ${name} of the model is ${String(model[name])}; it must be above 0.`);
  return model;
}
