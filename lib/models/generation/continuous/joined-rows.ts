import { tf } from "../../../backend/tf";
import type { DecoderConfig } from "../../decoder/config";
import { joinRows, type KVCache, selectRows } from "../../decoder/kv-cache";
import { leftPad } from "../../decoder/padding";
import type { Decoding } from "../decoding/decoding";
import { cacheBytesOf } from "./cache-bytes";
import type { BatchLimits, RunningRow, RunningRows } from "./running-rows";

/**
 * Rows in caches that have exactly the columns that were read, for backends that cannot change caches in place: every
 * token copies them anyway, so that joining and leaving cost no more than a token does.
 */
export function joinedRows<R extends RunningRow>(
  config: DecoderConfig,
  decoding: Decoding,
  pad: number,
  { batch, cacheBytes }: BatchLimits,
): RunningRows<R> {
  const columnBytes = cacheBytesOf(config);
  let caches: KVCache[] = [];
  let rows: { readonly row: R; readonly padding: number }[] = [];
  let columns = 0;
  const live = (): R[] => rows.flatMap(({ row }) => (row.ended ? [] : [row]));

  /** Removes the rows that have ended, and the columns that are padding in all others. */
  const release = (): void => {
    const going = rows.filter(({ row }) => !row.ended);
    if (going.length === rows.length) return;
    if (going.length === 0) return clear();
    const spare = Math.min(...going.map(({ padding }) => padding));
    const places = tf.tensor1d(
      going.map((entry) => rows.indexOf(entry)),
      "int32",
    );
    caches = caches.map((cache) => selectRows(cache, places, spare, columns));
    places.dispose();
    columns -= spare;
    rows = going.map(({ row, padding }) => ({ row, padding: padding - spare }));
  };

  const clear = (): void => {
    tf.dispose(caches);
    [caches, rows, columns] = [[], [], 0];
  };

  return {
    get live() {
      return live();
    },
    get bytes() {
      return rows.length * columns * columnBytes;
    },
    fits(fresh) {
      const all = [...live(), ...fresh];
      const longest = Math.max(...all.map(({ longest }) => longest));
      return all.length === 1 || (all.length <= batch && all.length * longest * columnBytes <= cacheBytes);
    },
    admit(fresh) {
      release();
      const { ids, padding, length } = leftPad(
        fresh.map(({ prompt }) => prompt),
        pad,
      );
      const { logits, caches: read } = decoding.prefill(ids, padding);
      caches = read.map((cache, l) => (rows.length ? joinRows(caches[l]!, cache, columns, length) : cache));
      const most = Math.max(columns, length);
      rows = [
        ...rows.map(({ row, padding }) => ({ row, padding: padding + most - columns })),
        ...fresh.map((row, i) => ({ row, padding: padding[i]! + most - length })),
      ];
      columns = most;
      return { rows: fresh, logits };
    },
    next() {
      release();
      const logits = decoding.next(
        rows.map(({ row }) => row.tokens.at(-1)!),
        columns,
        rows.map(({ padding }) => padding),
        caches,
      );
      columns++;
      return { rows: rows.map(({ row }) => row), logits };
    },
    clear,
  };
}
