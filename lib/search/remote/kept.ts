import { projectPath } from "../../data/paths";
import { cassette } from "./cassette";
import type { Store } from "./exchange";
import { folderStore } from "./folder-store";
import type { Shared } from "./shared/shared";

/** Where a client keeps the answers. Relative paths begin at the project's root. */
export interface KeepOptions {
  /** A folder of answers, which is searched before the network is used. Several runs may share it. */
  readonly cache?: string | undefined;
  /** A file: a cassette of all answers of this run, those from the cache too. */
  readonly record?: string | undefined;
  /** A file: only the answers of this cassette are given, and the network is never used. */
  readonly replay?: string | undefined;
  /** What the replicas of a server share: their pace, and their answers. See `redisShared`. */
  readonly shared?: Shared | undefined;
}

/**
 * The stores that the options name, in the order in which they are searched. Throws TypeError for a replay that would
 * also record.
 */
export function storesOf(
  where: string,
  { cache, record, replay, shared }: KeepOptions,
): { readonly kept: readonly Store[]; readonly offline: boolean } {
  if (replay !== undefined && (record !== undefined || cache !== undefined)) {
    throw new TypeError(
      `${where}: replay is "${replay}", and ` +
        `${record !== undefined ? `record is "${record}"` : `cache is "${cache!}"`}. ` +
        "A replay answers from its cassette alone: leave the other one out.",
    );
  }
  if (replay !== undefined) return { kept: [cassette(projectPath(replay), { play: true })], offline: true };
  const kept = [
    ...(record === undefined ? [] : [cassette(projectPath(record), { play: false })]),
    ...(cache === undefined ? [] : [folderStore(projectPath(cache))]),
    ...(shared === undefined ? [] : [shared.store]),
  ];
  return { kept, offline: false };
}
