import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processPool, type ProcessPool } from "../../core/processes/process-pool";
import { random } from "../../core/random";
import type { Completion } from "../../core/records";
import { above, list } from "../../core/ranges";
import { settings } from "../../core/settings";
import type { ModelOptions } from "../../models/model";
import type { Policy } from "../../models/policy";
import type { RolloutEngine } from "../../training/rollout-engine";
import { onCardOnly } from "./card-only";
import type { DeviceReply, DeviceRequest, DeviceWeights } from "./device-process";
import { writeValues } from "./values";

/** Settings of `deviceRollouts`. */
export const deviceRolloutsDefaults = {
  /** a process each: the number of a card as nvidia-smi counts them, or "cpu"; a card may stand twice */
  devices: [] as readonly (number | "cpu")[],
  /** the model under a policy with adapters: its Hub id or folder */
  model: "",
  /** how that model is loaded */
  frozen: undefined as ModelOptions["frozen"],
  /** seconds that a process has for its part of a step, the weights included */
  timeoutSeconds: 1800,
};

/** Rollouts by one process a device. */
export interface DeviceRollouts extends RolloutEngine {
  /** Ends the processes and removes the weights that they were given. It cannot be used afterwards. */
  dispose(): void;
}

/** The environment of a device's process. */
const environmentOf = (device: number | "cpu"): NodeJS.ProcessEnv =>
  typeof device === "string"
    ? { DEEPRETRIEVAL_NATIVE: device }
    : {
        [onCardOnly]: "1",
        DEEPRETRIEVAL_BACKEND: "native", // whatever this process computes on
        DEEPRETRIEVAL_NATIVE: "cuda",
        CUDA_DEVICE_ORDER: "PCI_BUS_ID",
        CUDA_VISIBLE_DEVICES: String(device),
      };

/** Whether a value names a card or the processor. */
const isDevice = (device: unknown): boolean =>
  typeof device === "string" ? device === processor : Number.isInteger(device) && Number(device) >= 0;
const processor: string = "cpu";

/** A device whose process ends again and again. The card of this process is not affected. */
class DeviceFailed extends Error {
  override readonly name = "DeviceFailed";
}

/** Attempts at a part of a step: a process that died is started again. */
const attempts = 2;

/**
 * The responses of a training step, written by one process a card. The gradients stay on the card of this process.
 *
 * ```ts
 * const engine = deviceRollouts({ devices: [0, 1] });
 * const questions = await pubmed();
 * await watch(train(policy, questions, { algorithm: grpo({ group: 8 }), sampler: engine }));
 * engine.dispose();
 * ```
 *
 * Before every step the processes get what training changes: all weights, or the adapters over `model`. That takes time
 * too: devices pay where responses are many or long, which `npm run bench -- devices` measures. The prompts of a call
 * are divided into as many equal parts as there are devices. A completion depends on its prompt, its stream and the
 * settings, so it is the same on whatever number of devices, up to rounding.
 *
 * Throws RangeError for settings that do not fit and for a card that is not there, and what the policy throws; an Error
 * named DeviceFailed where a process ends twice.
 */
export function deviceRollouts(options: Partial<typeof deviceRolloutsDefaults>): DeviceRollouts {
  const { devices, model, frozen, timeoutSeconds } = settings("deviceRollouts", deviceRolloutsDefaults, options, {
    devices: list,
    timeoutSeconds: above(0),
  });
  if (devices.length === 0 || !devices.every(isDevice))
    throw new RangeError(
      `deviceRollouts: devices are ${JSON.stringify(devices)}. Name cards by their numbers, [0, 1], or "cpu".`,
    );
  const pools: ProcessPool<DeviceRequest, DeviceReply>[] = devices.map((device) =>
    processPool(require.resolve("./device-process"), 1, { environment: environmentOf(device) }),
  );
  const scratch = mkdtempSync(join(tmpdir(), "deepretrieval-devices-"));
  let weights: DeviceWeights | undefined;
  let saved: { readonly policy: Policy; readonly folder: string } | undefined;
  /** The folder of a policy, which holds what does not change from step to step. */
  const folderOf = (policy: Policy, version: number): string => {
    if (saved?.policy === policy) return saved.folder;
    const folder = join(scratch, `policy-${version}`);
    policy.save(folder);
    if (saved) rmSync(saved.folder, { recursive: true, force: true });
    saved = { policy, folder };
    return folder;
  };
  const written = async (
    place: number,
    request: DeviceRequest,
    signal: AbortSignal,
  ): Promise<readonly Completion[]> => {
    let how = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      const outcome = await pools[place]!.ask(request, { seconds: timeoutSeconds, signal });
      if (outcome.kind === "reply") {
        if ("completions" in outcome.reply) return outcome.reply.completions;
        const { name, message } = outcome.reply.error;
        throw Object.assign(new Error(`device ${devices[place]}: ${message}`), { name });
      }
      how = outcome.kind === "late" ? `it did not answer in ${timeoutSeconds} s` : outcome.how;
    }
    throw new DeviceFailed(
      `deviceRollouts: the process of device ${devices[place]} ended ${attempts} times (${how}). ` +
        "See whether the card has room for the model, or leave the device out.",
    );
  };
  return {
    name: `${devices.length} ${devices.length === 1 ? "device" : "devices"}`,
    about: () => ({ devices: devices.join(" ") }),
    sync(policy) {
      const isAdapted = policy.weights.adapter !== undefined;
      if (isAdapted && model === "")
        throw new RangeError(
          "deviceRollouts: the policy has adapters, and the processes do not know over which model. Name it: " +
            '{ model: "Qwen/Qwen2.5-3B-Instruct" }, by its Hub id or its folder.',
        );
      const version = (weights?.version ?? 0) + 1;
      const [folder, values] = [folderOf(policy, version), join(scratch, `values-${version}`)];
      writeValues(policy, values);
      if (weights) rmSync(weights.values, { force: true });
      const base = { name: model, ...(frozen && { frozen }) };
      weights = { version, folder, values, ...(isAdapted && { base }) };
    },
    async generate(prompts, { rng = random(0).fork("generate"), signal, onCompletion, ...sampling } = {}) {
      if (!weights) throw new RangeError("deviceRollouts: there are no weights yet. Call sync(policy, 0) first.");
      if (rng.name === undefined) throw new RangeError("deviceRollouts: rng has no name. Make it with random(seed).");
      const { name: stream } = rng;
      const own = weights;
      const failed = new AbortController();
      const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      const each = Math.ceil(prompts.length / devices.length);
      const part = async (place: number): Promise<readonly Completion[]> => {
        const [from, some] = [place * each, prompts.slice(place * each, (place + 1) * each)];
        if (some.length === 0) return [];
        const made = await written(place, { weights: own, prompts: some, stream, from, sampling }, stop);
        made.forEach((completion, i) => onCompletion?.(from + i, completion));
        return made;
      };
      try {
        return (await Promise.all(devices.map((_, place) => part(place)))).flat();
      } finally {
        failed.abort(); // a part that still runs would be written for nothing
      }
    },
    dispose() {
      for (const pool of pools) pool.dispose();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
