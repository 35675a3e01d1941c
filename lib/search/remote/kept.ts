import { projectPath } from "../../data/paths";
import { cassette } from "./cassette";
import type { Store } from "./exchange";
import { folderStore } from "./folder-store";

/** Where a client keeps what it was answered. Relative paths lead from the project's root. */
export interface KeepOptions {
  /** folder of answers, looked up before the network is; may be shared */
  readonly cache?: string | undefined;
  /** file: a cassette of everything this run is answered, from the cache too */
  readonly record?: string | undefined;
  /** file: only what this cassette holds is answered; the network is never used */
  readonly replay?: string | undefined;
}

/**
 * The stores that the options name, in the order they are looked up. Throws TypeError for a replay that would also
 * record.
 */
export function storesOf(
  where: string,
  { cache, record, replay }: KeepOptions,
): { readonly kept: readonly Store[]; readonly offline: boolean } {
  if (replay !== undefined && (record !== undefined || cache !== undefined)) {
    throw new TypeError(
      `${where}: replay is "${replay}", and ${record !== undefined ? `record is "${record}"` : `cache is "${cache!}"`}. A replay answers from its cassette alone: leave the other one out.`,
    );
  }
  if (replay !== undefined) return { kept: [cassette(projectPath(replay), { play: true })], offline: true };
  const kept = [
    ...(record === undefined ? [] : [cassette(projectPath(record), { play: false })]),
    ...(cache === undefined ? [] : [folderStore(projectPath(cache))]),
  ];
  return { kept, offline: false };
}
