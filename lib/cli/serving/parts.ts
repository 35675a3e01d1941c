import { modelPart } from "./model-part";
import type { Part } from "./part";
import { rewardsPart } from "./rewards-part";

/** Everything that `deepretrieval serve` can offer. A new part is a new line. */
export const parts: readonly Part[] = [modelPart, rewardsPart];
