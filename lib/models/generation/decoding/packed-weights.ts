import type { Packing } from "../../../backend/decode-step";
import { tf } from "../../../backend/tf";
import type { Network } from "../../decoder/decoder-record";
import { isHalf } from "../../../backend/bfloat16";
import { namedTensors } from "../../decoder/weights";

/** Packed copies of a decoder's matrices for products with many rows, in the order in which the kernels read them. */
interface PackedWeights {
  readonly names: readonly string[]; // of the matrices, as namedTensors has them
  /** Packed matrices by the names of the program's inputs. Matrices whose weights have changed are packed again. */
  current(): Readonly<Record<string, tf.Tensor>>;
  /** Disposes of the copies. The next call of `current` makes them again. */
  dispose(): void;
}

/**
 * The names of matrices that can be packed: float32, with at most `most` numbers in all. Empty if the model is larger.
 */
function packable(
  { weights, config }: Network,
  outputs: number,
  most: number,
): { name: string; matrix: tf.Tensor2D; transposed: boolean }[] {
  const vocabulary = config.tie_word_embeddings === false ? "head" : "embed";
  const found = namedTensors(weights).flatMap(([name, tensor]) => {
    const transposed = name === vocabulary;
    const isMatrix = transposed || /^layers\.\d+\.(qkv|out|gateUp|down)$/.test(name);
    if (!isMatrix || isHalf(tensor) || tensor.shape[transposed ? 0 : 1]! % outputs !== 0) return [];
    return [{ name, matrix: tensor as tf.Tensor2D, transposed }];
  });
  return found.reduce((total, { matrix }) => total + matrix.size, 0) <= most ? found : [];
}

/** Packs on demand. Borrows the weights; owns the packed copies until `dispose`. */
export function packedWeights(packing: Packing, network: Network, most = packing.mostNumbers): PackedWeights {
  const matrices = packable(network, packing.outputs, most);
  const copies = new Map<string, { of: object; packed: tf.Tensor }>(); // by name; `of`: the data that was packed
  return {
    names: matrices.map(({ name }) => name),
    current: () =>
      Object.fromEntries(
        matrices.map(({ name, matrix, transposed }) => {
          const known = copies.get(name);
          const { dataId } = matrix; // a variable has another after each assignment
          if (known?.of === dataId) return [`${name}.packed`, known.packed];
          known?.packed.dispose();
          const packed = tf.keep(packing.pack(matrix, transposed));
          copies.set(name, { of: dataId, packed });
          return [`${name}.packed`, packed];
        }),
      ),
    dispose() {
      for (const { packed } of copies.values()) packed.dispose();
      copies.clear();
    },
  };
}
