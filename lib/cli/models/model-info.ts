import { keepsBfloat16 } from "../../backend/bfloat16";
import { useBackend } from "../../backend/choose";
import { modelTypeOf } from "../../models/decoder/config";
import { gigabytes, memoryEstimate } from "../../models/memory/memory";
import { findCheckpoint } from "../../models/model";
import { trainingDefaults, trainingEstimate } from "../../models/memory/training-memory";
import type { ModelRequest } from "./model-request";

/** `deepretrieval model info`: what a model is, and the memory that it needs. Loads no weight. */
export async function info({ name, backend, write }: ModelRequest): Promise<void> {
  const { name: chosen, device, version, precision = "f32" } = await useBackend(backend);
  const { config, source, tokenizer, notes = [] } = await findCheckpoint(name);
  source.close();
  const { size, stops, pad } = tokenizer();
  const where = { name: chosen, device };
  const { parameters, ...loaded } = memoryEstimate(config, where);
  const training = {
    lora: trainingEstimate(config, where),
    full: trainingEstimate(config, where, { training: "full" }),
  };
  const half = keepsBfloat16()
    ? {
        frozen: memoryEstimate(config, where, { frozen: "bf16" }).needed,
        lora: trainingEstimate(config, where, {}, { frozen: "bf16" }).needed,
      }
    : undefined;
  const memory = { ...loaded, bf16: half, training };
  const row = {
    model: name,
    model_type: modelTypeOf(config),
    parameters,
    ...config,
    tie_word_embeddings: config.tie_word_embeddings ?? true,
    tokenizer: { size, stops, pad },
    backend: { name: chosen, device, version, precision },
    memory,
    ...(notes.length > 0 && { notes }),
  };
  const { rank, batch, length } = trainingDefaults;
  const halved = (bytes: number | undefined) => (bytes === undefined ? "" : `, ${gigabytes(bytes)} frozen as bfloat16`);
  const lines = {
    memory: `${loaded.available === undefined ? "unknown" : `${gigabytes(loaded.available)} GB`} there`,
    "to load": `${gigabytes(loaded.needed)} GB${halved(half?.frozen)}`,
    [`to train with LoRA r=${rank}`]:
      `${gigabytes(training.lora.needed)} GB${halved(half?.lora)}, ${batch} × ` + `${length} tokens a step`,
    "to train fully": `${gigabytes(training.full.needed)} GB`,
  };
  write(
    row,
    Object.entries({ ...row, ...lines })
      .map(([key, value]) => `${key.padEnd(24)} ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join("\n"),
  );
}
