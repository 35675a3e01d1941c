import { nearest } from "../../core/nearest";

/**
 * How the keys of verl's configuration differ between its versions. Hydra refuses a key that a version does not have,
 * and verl ignores some keys that it still has, so each key is written in the spelling that the version reads.
 * Source: verl/trainer/config/_generated_ppo_trainer.yaml of each version.
 */
export interface VerlKeys {
  readonly rewardFunction: "custom_reward_function" | "reward.custom_reward_function";
  readonly rewardManager: "reward_model.reward_manager" | "reward.reward_manager.name";
  readonly criticOffload: "critic.model.fsdp_config" | "critic.fsdp";
  readonly rolloutSeed: boolean; // whether actor_rollout_ref.rollout.seed is there
  readonly refill: boolean; // whether a group without a reward may be replaced by another prompt
}

const oldReward = {
  rewardFunction: "custom_reward_function",
  rewardManager: "reward_model.reward_manager",
} as const;
const newReward = {
  rewardFunction: "reward.custom_reward_function",
  rewardManager: "reward.reward_manager.name",
} as const;
const oldCritic = { criticOffload: "critic.model.fsdp_config", rolloutSeed: false, refill: false } as const;
const v08 = { ...newReward, criticOffload: "critic.fsdp", rolloutSeed: false, refill: false } as const;
const v09 = { ...v08, rolloutSeed: true, refill: true } as const; // its command reads only the new reward keys

/**
 * Every version that is supported. "0.7" stands for 0.7.0 and 0.7.1: it has the spelling that both read. No 0.10 was
 * released when this was written: its keys are those of verl's main branch of August 2026.
 */
const versions = {
  "0.7": { ...oldReward, ...oldCritic },
  "0.7.0": { ...oldReward, ...oldCritic },
  "0.7.1": { ...newReward, ...oldCritic },
  "0.8": v08,
  "0.8.0": v08,
  "0.9": v09,
  "0.9.0": v09,
  "0.9.1": v09,
  "0.10": v09,
  "0.10.0": v09,
} as const satisfies Readonly<Record<string, VerlKeys>>;

/** A version of verl that `verlExport` writes for. */
export type VerlVersion = keyof typeof versions;

export const verlVersions = Object.keys(versions) as readonly VerlVersion[];

/** The keys of a version. Throws RangeError, which names the versions that there are. */
export function keysOf(version: string): VerlKeys {
  const bare = version.replace(/^v/, "");
  if (Object.hasOwn(versions, bare)) return versions[bare as VerlVersion];
  const release = /^\d+\.\d+(?:\.\d+)?(?=\D|$)/.exec(bare)?.[0] ?? ""; // of "0.7.0.dev" and "0.9.1rc1"
  const [meant] = Object.hasOwn(versions, release) ? [release] : nearest(bare, verlVersions, 1);
  throw new RangeError(
    `verlExport: version is ${JSON.stringify(version)}, and its configuration keys are not known here. Supported: ` +
      `${verlVersions.join(", ")}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
  );
}
