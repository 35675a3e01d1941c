import { randomBytes } from "node:crypto";
import type { ServedModel } from "../batching/served-model";

/** Ids of answers, and seeds of requests that bring none: the only things here that no seed decides. */
export interface RequestIds {
  readonly seed: () => number;
  readonly next: (kind: string, model: ServedModel) => { id: string; created: number; model: string };
}

export const requestIds: RequestIds = {
  seed: () => randomBytes(4).readUInt32LE(),
  next: (kind, { id }) => ({
    id: `${kind}-${randomBytes(12).toString("hex")}`,
    created: Math.floor(Date.now() / 1000),
    model: id,
  }),
};
