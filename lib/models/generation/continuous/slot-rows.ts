import { tf } from "../../../backend/tf";
import type { DecoderConfig } from "../../decoder/config";
import { changed, type KVCache } from "../../decoder/kv-cache";
import type { Decoding, InPlace } from "../decoding/decoding";
import { drawsOf, stepsAhead } from "../tokens-ahead";
import { cacheBytesOf } from "./cache-bytes";
import { keptBeginnings } from "./kept-beginnings";
import type { BatchLimits, RunningRow, RunningRows } from "./running-rows";

/** Columns beyond the longest row: so many tokens are written between two moves of the caches to the left. */
const spareColumns = (longest: number): number => Math.min(512, Math.max(128, longest));

/**
 * Rows in slots of caches [slots, K, columns, D] that are changed in place. A prompt is read straight into a free slot,
 * so that it ends at the column that all rows have reached, and the other rows are not copied. A row that ends leaves a
 * hole, which the next prompt fills. The caches are rebuilt where all columns are used, where there are too few slots,
 * or where a third of the slots are holes.
 */
export function slotRows<R extends RunningRow>(
  config: DecoderConfig,
  decoding: Decoding,
  inPlace: InPlace,
  pad: number,
  { batch, cacheBytes: allBytes }: BatchLimits,
): RunningRows<R> {
  const { num_hidden_layers: L, num_key_value_heads: K, head_dim: D } = config;
  const columnBytes = cacheBytesOf(config); // of one row
  let caches: KVCache[] = [];
  let slots: (R | undefined)[] = []; // those in use, from the first on
  let padding: number[] = [];
  let room = { rows: 0, columns: 0 };
  let position = 0; // columns that have been read
  let longestPrompt = 0; // of those that were here
  const beginnings = keptBeginnings(allBytes / 8);
  const cacheBytes = allBytes - allBytes / 8;

  const live = (): R[] => slots.filter((row): row is R => row !== undefined && !row.ended);
  const longestOf = (rows: readonly R[]): number => Math.max(0, ...rows.map(({ longest }) => longest));
  const columnsFor = (rows: readonly R[]): number => longestOf(rows) + spareColumns(longestOf(rows));

  /** Empties the slots of rows that have ended, and gives up those at the end. */
  const release = (): void => {
    slots = slots.map((row) => (row?.ended ? undefined : row));
    while (slots.length > 0 && slots.at(-1) === undefined) slots.pop();
    padding.length = slots.length;
  };

  /** Moves the live rows to the first slots of new caches, in which `fresh` have room too. */
  const rebuild = (fresh: readonly R[]): void => {
    const kept = live();
    const all = [...kept, ...fresh];
    const columns = columnsFor(all);
    const affordable = Math.floor(cacheBytes / (columns * columnBytes));
    const rows = Math.max(all.length, Math.min(batch, affordable, 2 ** Math.ceil(Math.log2(all.length))));
    const places = kept.map((row) => slots.indexOf(row));
    const spare = Math.min(position, ...places.map((place) => padding[place]!));
    const read = kept.length ? position - spare : 0;
    const reached = Math.max(read, ...fresh.map(({ prompt }) => prompt.length));
    const from = tf.tensor1d(places, "int32");
    const made = Array.from({ length: L }, (_, l) => {
      const old = caches[l] ?? { keys: tf.zeros([1, K, 0, D]), values: tf.zeros([1, K, 0, D]) };
      return changed(old as KVCache, (tensor) => {
        if (kept.length === 0) return inPlace.withCapacity(tf.zeros([rows, K, 0, D]), 0, columns);
        const moved = tf.gather(tf.slice(tensor, [0, 0, spare, 0], [-1, K, read, D]), from);
        const placed = tf.pad(moved, [
          [0, rows - kept.length],
          [0, 0],
          [reached - read, 0],
          [0, 0],
        ]);
        return inPlace.withCapacity(placed, reached, columns);
      });
    });
    from.dispose();
    caches = made;
    padding = places.map((place) => padding[place]! - spare + reached - read);
    slots = kept;
    room = { rows, columns };
    position = reached;
  };

  /** Before a token is read: the ended rows leave, and there is a column. */
  const makeReady = (): void => {
    release();
    if (position >= room.columns || live().length <= (2 / 3) * slots.length) rebuild([]);
  };
  const newest = (): Parameters<Decoding["next"]> => [
    slots.map((row) => row?.tokens.at(-1) ?? pad),
    position,
    slots.map((row, place) => (row ? padding[place]! : position)), // a hole looks at its own columns alone
    caches,
  ];
  const { ahead } = decoding;

  return {
    get live() {
      return live();
    },
    get bytes() {
      return room.rows * room.columns * columnBytes + beginnings.bytes;
    },
    fits(fresh) {
      const all = [...live(), ...fresh];
      if (all.length === 1) return true;
      return all.length <= batch && all.length * Math.max(room.columns, columnsFor(all)) * columnBytes <= cacheBytes;
    },
    admit(fresh) {
      release();
      const prompt = Math.max(...fresh.map(({ prompt }) => prompt.length));
      longestPrompt = Math.max(longestPrompt, prompt);
      // nothing is in the caches: the rows begin where a longer prompt, which may come later, has room too
      if (slots.length === 0) position = Math.max(prompt, Math.min(longestPrompt, room.columns - longestOf(fresh)));
      const free = room.rows - live().length;
      if (free < fresh.length || prompt > position || room.columns <= longestOf(fresh) || position >= room.columns)
        rebuild(fresh);
      const logits = fresh.map((row) => {
        const hole = slots.indexOf(undefined);
        const slot = hole < 0 ? slots.length : hole;
        slots[slot] = row;
        padding[slot] = position - row.prompt.length;
        const read = inPlace.read(row.prompt, slot, position, caches, beginnings.find(row.prompt));
        const worth = beginnings.note(row.prompt);
        if (worth > 0) beginnings.keep(row.prompt, inPlace.beginningOf(caches, slot, padding[slot]!, worth));
        return read;
      });
      if (logits.length === 1) return { rows: fresh, logits: logits[0]! };
      const joined = tf.concat(logits, 0);
      tf.dispose(logits);
      return { rows: fresh, logits: joined };
    },
    next() {
      makeReady();
      const rows = [...slots];
      const logits = decoding.next(...newest());
      position++;
      return { rows, logits };
    },
    ...(ahead && {
      draw(settings) {
        makeReady();
        const rows = [...slots];
        const most = Math.min(ahead.most(caches), room.columns - position);
        const steps = stepsAhead(most, rows, settings, config.max_position_embeddings);
        const drawn = ahead.draw(...newest(), drawsOf(rows, settings, steps));
        position += steps;
        return { rows, steps, ...drawn };
      },
    }),
    clear() {
      beginnings.clear();
      tf.dispose(caches);
      [caches, slots, padding, room, position] = [[], [], [], { rows: 0, columns: 0 }, 0];
    },
  };
}
