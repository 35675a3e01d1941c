import { CorruptData } from "../../../core/errors";
import { loraConfig, loraDefaults, loraTargets, type LoraConfig, type LoraTarget } from "../../decoder/lora-config";

/** The adapter_config.json that PEFT reads back. */
export const toPeft = ({ rank, alpha, rslora, targets }: LoraConfig): Record<string, unknown> => ({
  peft_type: "LORA",
  r: rank,
  lora_alpha: alpha,
  use_rslora: rslora,
  target_modules: targets,
  lora_dropout: 0,
  bias: "none",
  fan_in_fan_out: false,
  use_dora: false,
  init_lora_weights: true,
  inference_mode: true,
});

/** Fields that change what is computed, and the only values that this library computes. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  bias: ["none"],
  fan_in_fan_out: [false],
  use_dora: [false],
  lora_bias: [false],
  use_qalora: [false],
  init_lora_weights: [true, false, "gaussian", "orthogonal"], // the others change the model as well
};

/** Fields that make maps unlike each other, or add to them: they must be absent or empty. */
const absent = [
  "rank_pattern",
  "alpha_pattern",
  "layers_to_transform",
  "layer_replication",
  "target_parameters",
  "trainable_token_indices",
  "alora_invocation_tokens",
  "use_bdlora",
  "arrow_config",
  "kasa_config",
  "velora_config",
  "monteclora_config",
];

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** Checks a parsed adapter_config.json. Dropout in it is left out. Throws CorruptData naming the field. */
export function fromPeft(file: string, json: Record<string, unknown>): LoraConfig {
  const refused = (name: string, fix: string) =>
    new CorruptData(
      file,
      `${name} is ${JSON.stringify(json[name])?.slice(0, 200)}`,
      `${fix} Or merge this adapter into its model with PEFT, and load that.`,
    );
  for (const [name, values] of Object.entries(only)) {
    if (!values.includes(json[name] ?? values[0]))
      throw refused(name, `Adapters with ${values.map((each) => JSON.stringify(each)).join(", ")} are read.`);
  }
  for (const name of absent)
    if (!isEmpty(json[name])) throw refused(name, "All layers must be changed alike, and only by A and B.");
  const { r: rank, lora_alpha: alpha, use_rslora: rslora, target_modules: modules } = json;
  const targets = Array.isArray(modules)
    ? modules.map((module) => String(module).split(".").at(-1)! as LoraTarget)
    : [];
  if (!targets.length || !targets.every((target) => loraTargets.includes(target)))
    throw refused("target_modules", `A list of some of ${loraTargets.join(", ")} is read.`);
  try {
    return loraConfig({
      rank: rank as number,
      alpha: alpha as number,
      rslora: rslora === true,
      targets,
      seed: loraDefaults.seed,
    });
  } catch (cause) {
    throw new CorruptData(file, (cause as Error).message, "Copy or download the adapter again.", { cause });
  }
}
