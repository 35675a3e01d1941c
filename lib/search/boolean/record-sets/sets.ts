import { Gather } from "./gather";
import { Joiner } from "./joiner";
import { SetStore } from "./set-store";

const storeBytes = 32 * 2 ** 20; // for sets; of 20,000 records one has 2.5 kB at most …
const storeSets = 1024; // … and of a million 125 kB: there is room for this many all the same

/** What the sets of one corpus are made with and kept in, one query after the other. */
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
