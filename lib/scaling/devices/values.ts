import { closeSync, openSync, writeSync } from "node:fs";
import { tf } from "../../backend/tf";
import { openRanged } from "../../models/checkpoints/ranged-file";
import { isVariable, namedTensors, type Weights } from "../../models/decoder/weights";

/** What training changes of a policy, by names that do not depend on how it was made, in their order. */
function trained({ weights }: { readonly weights: Weights }): readonly tf.Variable[] {
  const factors = (weights.adapter?.layers ?? []).flatMap((layer, l) =>
    Object.entries(layer).flatMap(([matrix, { a, b }]): [string, tf.Tensor][] => [
      [`layers.${l}.${matrix}.a`, a],
      [`layers.${l}.${matrix}.b`, b],
    ]),
  );
  return [...namedTensors(weights), ...factors]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, tensor]) => tensor)
    .filter(isVariable);
}

const mostAtOnce = 2 ** 24; // numbers that go to the card or come from it together

/** Consecutive variables that go together: a card answers once for all of them. */
function together(variables: readonly tf.Variable[]): readonly (readonly tf.Variable[])[] {
  const groups: tf.Variable[][] = [];
  let numbers = Infinity;
  for (const variable of variables) {
    numbers += variable.size;
    if (numbers > mostAtOnce) groups.push([]), (numbers = variable.size);
    groups.at(-1)!.push(variable);
  }
  return groups;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * Writes what training has made of a policy as float32 numbers, one after the other. It does not wait for the disk: the
 * file is of no use after this process.
 */
export function writeValues(policy: { readonly weights: Weights }, file: string): void {
  const target = openSync(file, "w");
  try {
    for (const group of together(trained(policy))) {
      const whole = tf.tidy(() => tf.concat(group.map((variable) => tf.reshape(variable, [-1]))));
      const bytes = bytesOf(whole.dataSync() as Float32Array);
      whole.dispose();
      for (let done = 0; done < bytes.length; ) done += writeSync(target, bytes, done); // 2 GB at most at a time
    }
  } finally {
    closeSync(target);
  }
}

/**
 * Gives a policy of the same structure what `writeValues` wrote.
 * @throws RangeError where the file has not as many numbers as training changes, CorruptData where it is gone
 */
export function readValues(policy: { readonly weights: Weights }, file: string): void {
  const variables = trained(policy);
  const wanted = 4 * variables.reduce((sum, { size }) => sum + size, 0);
  const source = openRanged(file);
  try {
    if (wanted !== source.size)
      throw new RangeError(
        `${file} has ${source.size} bytes, and the policy takes ${wanted}: it is of another structure.`,
      );
    let from = 0;
    for (const group of together(variables)) {
      const numbers = new Float32Array(group.reduce((sum, { size }) => sum + size, 0));
      source.read(from, numbers.byteLength, bytesOf(numbers));
      from += numbers.byteLength;
      tf.tidy(() => {
        const parts = tf.split(
          tf.tensor1d(numbers),
          group.map(({ size }) => size),
        );
        group.forEach((variable, i) => variable.assign(tf.reshape(parts[i]!, variable.shape)));
      });
    }
  } finally {
    source.close();
  }
}
