import type { DecodeStep } from "../../../backend/decode-step";
import { tf } from "../../../backend/tf";
import type { DecoderConfig } from "../../decoder/config";
import type { KVCache } from "../../decoder/kv-cache";
import { copyProgram } from "./copy-program";
import type { Beginning, InPlace } from "./decoding";

/** Takes the keys and values of a prompt's first tokens out of caches, and writes them into others, in place. */
export function beginnings(
  step: DecodeStep,
  config: DecoderConfig,
): Pick<InPlace, "beginningOf"> & {
  /** Writes a beginning into a row from `column` on. Borrows everything. */
  readonly place: (beginning: Beginning, column: number, row: number, caches: readonly KVCache[]) => void;
} {
  const { num_attention_heads: heads, num_key_value_heads: K, head_dim: D, rms_norm_eps: epsilon } = config;
  const program = copyProgram(config);
  return {
    beginningOf(caches, row, column, length) {
      const rowsOf = (tensor: tf.Tensor4D): tf.Tensor =>
        tf
          .slice(tensor, [row, 0, column, 0], [1, K, length, D])
          .reshape([K, length, D])
          .transpose([1, 0, 2])
          .reshape([length, K * D]);
      const tables = caches.map(({ keys, values }) =>
        tf.tidy(() => tf.concat([tf.zeros([length, heads * D]), rowsOf(keys), rowsOf(values)], 1) as tf.Tensor2D),
      );
      return { length, tables, bytes: tables.reduce((sum, { size }) => sum + 4 * size, 0) };
    },
    place({ length, tables }, column, row, caches) {
      const inputs: Record<string, tf.Tensor | Int32Array> = {
        cos: tf.ones([length, D]),
        sin: tf.zeros([length, D]),
        ids: Int32Array.from({ length }, (_, i) => i),
        last: Int32Array.of(0),
        padding: Int32Array.of(column),
        place: Int32Array.of(column, row),
        ...Object.fromEntries(tables.map((table, l) => [`table.${l}`, table])),
        ...Object.fromEntries(caches.map(({ keys }, l) => [`keys.${l}`, keys])),
        ...Object.fromEntries(caches.map(({ values }, l) => [`values.${l}`, values])),
      };
      const unread = step.run(program, inputs, { heads, epsilon, scale: 1 });
      tf.dispose([unread, inputs["cos"] as tf.Tensor, inputs["sin"] as tf.Tensor]);
    },
  };
}
