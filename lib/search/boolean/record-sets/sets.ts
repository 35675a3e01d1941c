import { Gather } from "./gather";
import { Joiner } from "./joiner";
import { SetStore } from "./set-store";

const storeBytes = 32 * 2 ** 20; // bytes for sets; with 20,000 records a set takes 2.5 kB at most
// the sets that there is room for in any case; with a million records a set takes 125 kB at most
const storeSets = 1024;

/** The memory in which the sets of one corpus are made and kept, for one query after the other. */
export interface Sets {
  readonly store: SetStore;
  readonly gather: Gather; // empty between two sets
  readonly joiner: Joiner;
}

export function setsOf(records: number): Sets {
  const wanted = storeSets * Math.ceil(records / 8);
  const store = new SetStore(records, Math.max(storeBytes, wanted), { reserve: wanted > storeBytes });
  const gather = new Gather(records, store);
  return { store, gather, joiner: new Joiner(gather) };
}
