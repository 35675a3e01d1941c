import { LRUCache } from "lru-cache";

/** How much a memo keeps. `most` without a `weightOf` is a number of entries. */
export interface MemoLimits<K, V> {
  /** The weights of all entries together are at most this. 0 keeps nothing, Infinity keeps everything. */
  readonly most: number;
  /** The weight of an entry, in the unit of `most`: bytes, characters, rows. An entry counts as 1 at least. */
  readonly weightOf?: (value: V, key: K) => number;
  /** Is called with a value that the memo lets go of, for a value that must be closed. */
  readonly release?: (value: V) => void;
}

/** Values that were computed for keys. A value is never undefined: that means "not kept". */
interface Memo<K, V> {
  /** The value that is kept for `key`, which becomes the entry used last; undefined where none is kept. */
  get(key: K): V | undefined;
  /** Keeps `value` for `key`, and returns it. */
  set(key: K, value: V): V;
  /**
   * The value that is kept for `key`; else what `compute` returns, which is then kept. Where it throws, nothing is
   * kept.
   */
  getOrCompute(key: K, compute: () => V): V;
}

/**
 * A memo with a bound: when the entries weigh more than `most`, those that were not used for the longest time are let
 * go of. An entry that alone weighs more than `most` is returned and not kept. A get or a set takes constant time, some
 * 0.1 µs.
 *
 * The order of use is kept by the package lru-cache. Against two Maps that change places when one is full, it costs
 * 0.02 µs a look-up, and it lets go of exactly what was not used. Without a bound there is no order to keep, and a Map
 * is enough.
 *
 * Throws RangeError for a `most` that is negative or not a number.
 */
export function memo<K extends {}, V extends {}>({ most, weightOf = () => 1, release }: MemoLimits<K, V>): Memo<K, V> {
  if (!(most >= 0))
    throw new RangeError(`memo: most is ${most}; it must be 0 or more, in the unit of the entries' weights.`);
  const kept = most === Infinity ? new Map<K, V>() : bounded(Math.floor(most), weightOf, release);
  const set = (key: K, value: V): V => {
    kept?.set(key, value);
    return value;
  };
  return { get: (key) => kept?.get(key), set, getOrCompute: (key, compute) => kept?.get(key) ?? set(key, compute()) };
}

/** Undefined where nothing is to be kept, which lru-cache does not know. */
function bounded<K extends {}, V extends {}>(
  most: number,
  weightOf: (value: V, key: K) => number,
  release: ((value: V) => void) | undefined,
): LRUCache<K, V> | undefined {
  if (most === 0) return undefined;
  return new LRUCache<K, V>({
    maxSize: most,
    sizeCalculation: (value, key) => Math.max(1, Math.ceil(weightOf(value, key))),
    ...(release && { dispose: release }),
  });
}

/**
 * A memo of values that take time: two that ask for a key at the same time share one computation. A computation that
 * fails fails for all that wait for it, and is not kept: the next one that asks computes again. So a `compute` must not
 * be stopped by the AbortSignal of one caller alone.
 *
 * @returns a function that gives what is kept for a key, or computes it
 */
export function asyncMemo<K extends {}, V extends {}>(
  limits: MemoLimits<K, V>,
): (key: K, compute: () => Promise<V>) => Promise<V> {
  const kept = memo(limits);
  const running = new Map<K, Promise<V>>();
  return async (key, compute) => {
    const known = kept.get(key) ?? running.get(key);
    if (known !== undefined) return known;
    const computation = compute();
    running.set(key, computation);
    try {
      return kept.set(key, await computation);
    } finally {
      running.delete(key);
    }
  };
}

/** `compute`, run once for each object. What it returned is kept as long as the object itself. */
export function oncePerObject<K extends object, V extends {}>(compute: (of: K) => V): (of: K) => V {
  const kept = new WeakMap<K, V>();
  return (of) => {
    const known = kept.get(of);
    if (known !== undefined) return known;
    const value = compute(of);
    kept.set(of, value);
    return value;
  };
}
