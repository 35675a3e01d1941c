import { cardFailure } from "../../backend/card-failure";
import { useBackend } from "../../backend/choose";
import { random, type Random } from "../../core/random";
import type { Completion } from "../../core/records";
import type { SamplingOptions } from "../../core/roles";
import { model, type ModelOptions } from "../../models/model";
import type { Policy } from "../../models/policy";
import { onCardOnly } from "./card-only";
import { readValues } from "./values";

/** The weights that a request is answered with. A process that holds others loads these first. */
export interface DeviceWeights {
  readonly version: number;
  readonly folder: string; // of a policy, or of adapters of `base`, as it was when it was first given
  readonly values: string; // the file of what training has made of it, which values.ts writes
  /** the model under the adapters, and how it is loaded; absent where `folder` holds all weights */
  readonly base?: { readonly name: string; readonly frozen?: ModelOptions["frozen"] };
}

/** What the program asks of the process of a device. */
export interface DeviceRequest {
  readonly weights: DeviceWeights;
  readonly prompts: readonly string[];
  readonly stream: string; // the name of the stream of random numbers
  readonly from: number; // the place of the first prompt among all: row i reads the stream fork(from + i)
  readonly sampling: Omit<SamplingOptions, "rng" | "onCompletion" | "signal">;
}

/** Completions, or the error that the policy threw. */
export type DeviceReply =
  | { readonly completions: readonly Completion[] }
  | { readonly error: { readonly name: string; readonly message: string } };

let base: Policy | undefined;
let policy: Policy | undefined;
let [folder, version] = ["", 0];

/** Loads the weights of a request unless they are here. The base of adapters is loaded once. */
async function load(weights: DeviceWeights): Promise<Policy> {
  if (!policy || folder !== weights.folder) {
    policy?.dispose();
    policy = undefined;
    if (weights.base) {
      const { name, frozen } = weights.base;
      base ??= await model(name, frozen ? { frozen } : {});
      policy = base.adapt(weights.folder);
    } else policy = await model(weights.folder);
    [folder, version] = [weights.folder, 0];
  }
  if (version !== weights.version) readValues(policy, weights.values);
  version = weights.version;
  return policy;
}

async function answer({ weights, prompts, stream, from, sampling }: DeviceRequest): Promise<DeviceReply> {
  try {
    const all = random(stream);
    const rng: Random = { ...all, fork: (row, ...path) => all.fork(from + Number(row), ...path) };
    return { completions: await (await load(weights)).generate(prompts, { ...sampling, rng }) };
  } catch (error) {
    const { name = "Error", message = String(error) } = error as Partial<Error>;
    if (cardFailure(error)) end(message);
    return { error: { name, message } };
  }
}

/** Why this process cannot compute where it is meant to; undefined if it can. */
async function refusal(): Promise<string | undefined> {
  try {
    const { device, noCard, why } = await useBackend();
    if (!process.env[onCardOnly] || device === "gpu") return undefined;
    return `TensorFlow does not find this card: ${noCard ?? why.join(" ")}.`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Ends this process: a card that failed computes no more in it, and the next process has the card anew. */
function end(message: string): never {
  process.stderr.write(message.split("\n")[0]!);
  process.exit(1);
}

void refusal().then((message) => {
  const refused: DeviceReply | undefined =
    message === undefined ? undefined : { error: { name: "RangeError", message } };
  process.on(
    "message",
    (request: DeviceRequest) => void Promise.resolve(refused ?? answer(request)).then((reply) => process.send!(reply)),
  );
  process.send!("ready");
});
