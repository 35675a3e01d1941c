import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../../core/errors";
import type { Pooling } from "./forward";

/** How token vectors become the vector of a text, and the prefixes of queries and passages. */
export interface EncoderRecipe {
  readonly pooling: Pooling;
  readonly normalize: boolean; // vectors of length 1
  readonly maxTokens: number; // of a text, [CLS] and [SEP] included; the rest is cut
  readonly queryPrefix: string;
  readonly passagePrefix: string;
}

/** Settings of well-known families, from their model cards, since their files lack them. Pass them as options. */
export const encoderRecipes = {
  bge: {
    pooling: "cls",
    normalize: true,
    queryPrefix: "Represent this sentence for searching relevant passages: ",
    passagePrefix: "",
  },
  e5: { pooling: "mean", normalize: true, queryPrefix: "query: ", passagePrefix: "passage: " },
  contriever: { pooling: "mean", normalize: false, queryPrefix: "", passagePrefix: "" },
  minilm: { pooling: "mean", normalize: true, queryPrefix: "", passagePrefix: "" },
} as const satisfies Record<string, Partial<EncoderRecipe>>;

/**
 * The recipe of a folder in the layout of sentence-transformers: modules.json, 1_Pooling, sentence_bert_config.json and
 * the prompts "query" and "passage" or "document". Without these files, vectors are means without normalisation, and
 * there are no prefixes. Throws CorruptData for steps that this library does not compute.
 */
export function readRecipe(folder: string, longest: number): EncoderRecipe {
  const modules = read(join(folder, "modules.json")) as { type: string; path: string }[] | undefined;
  let recipe: EncoderRecipe = {
    pooling: "mean",
    normalize: false,
    maxTokens: longest,
    queryPrefix: "",
    passagePrefix: "",
  };
  for (const { type, path } of modules ?? []) {
    const file = join(folder, path, "config.json");
    const step = type.split(".").at(-1);
    if (step === "Normalize") recipe = { ...recipe, normalize: true };
    else if (step === "Pooling") recipe = { ...recipe, pooling: poolingOf(file) };
    else if (step !== "Transformer")
      throw new CorruptData(
        join(folder, "modules.json"),
        `a step is ${type}`,
        "Transformer, Pooling and Normalize are computed.",
      );
  }
  const { max_seq_length } = (read(join(folder, "sentence_bert_config.json")) ?? {}) as {
    max_seq_length?: number | null;
  };
  const { prompts = {} } = (read(join(folder, "config_sentence_transformers.json")) ?? {}) as {
    prompts?: Record<string, string>;
  };
  return {
    ...recipe,
    maxTokens: Math.min(max_seq_length ?? longest, longest),
    queryPrefix: prompts["query"] ?? "",
    passagePrefix: prompts["passage"] ?? prompts["document"] ?? "",
  };
}

function poolingOf(file: string): Pooling {
  const modes = (read(file) ?? {}) as Record<string, unknown>;
  const named =
    typeof modes["pooling_mode"] === "string"
      ? [modes["pooling_mode"]]
      : Object.entries(modes).flatMap(([name, on]) =>
          name.startsWith("pooling_mode_") && on === true ? [name.slice("pooling_mode_".length)] : [],
        );
  const pooling = ({ cls_token: "cls", cls: "cls", mean_tokens: "mean", mean: "mean" } as const)[
    named.join(" ") as "cls"
  ];
  if (!pooling)
    throw new CorruptData(
      file,
      `the pooling is ${named.join(" and ") || "not named"}`,
      "The first token (cls) and the mean are computed.",
    );
  return pooling;
}

function read(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CorruptData(file, "it is not JSON", "Copy or download the model again.", { cause });
  }
}
