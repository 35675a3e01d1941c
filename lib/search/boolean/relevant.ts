import { oncePerObject } from "../../core/memo";
import type { Judgments } from "../../core/records";
import type { Corpus } from "./corpus";
import { below, contains, type RecordSet } from "./record-sets/record-set";
import { seek } from "./record-sets/seek";

/** The relevant documents of a problem (grade above 0), as record numbers. */
interface Relevant {
  readonly of: number; // relevant documents, in the corpus or not
  readonly numbers: Uint32Array; // of those in the corpus, ascending
}

/** A function that turns judgments into record numbers, once for each judgments object. */
export function relevantIn({ numberOf }: Pick<Corpus, "numberOf">): (judgments: Judgments) => Relevant {
  return oncePerObject((judgments: Judgments): Relevant => {
    let of = 0;
    const numbers: number[] = [];
    for (const id of Object.keys(judgments)) {
      if (!(judgments[id]! > 0)) continue;
      of++;
      const record = numberOf(id);
      if (record !== undefined) numbers.push(record);
    }
    return { of, numbers: Uint32Array.from(numbers).sort() };
  });
}

/** The number of the relevant `numbers` that `found` holds among the records [from, to). */
export function foundAmong(found: RecordSet, from: number, to: number, numbers: Uint32Array): number {
  const eligible = numbers.subarray(below(numbers, from), below(numbers, to));
  if (found.kind === "few")
    return found.numbers.length < eligible.length ? shared(found.numbers, eligible) : shared(eligible, found.numbers);
  let count = 0;
  for (let i = 0; i < eligible.length; i++) if (contains(found, eligible[i]!)) count++;
  return count;
}

/** The size of the intersection of two ascending lists. */
function shared(short: Uint32Array, long: Uint32Array): number {
  let [count, at] = [0, 0];
  for (let i = 0; i < short.length && at < long.length; i++) {
    at = seek(long, short[i]!, at, long.length);
    if (at < long.length && long[at] === short[i]) count++;
  }
  return count;
}
