import { alias, nextId, record, type TapeNode } from "./tape";
import { tf } from "./tf";

/**
 * The value of f and its gradients, as tf.variableGrads computes them, in a fraction of the memory. tf.variableGrads
 * keeps all saved tensors and all intermediate gradients until the end; this function disposes of each as soon as no
 * operation needs it. It may be called within the gradient of another operation, where tf.variableGrads may not.
 *
 * @param f borrows its tensors; what it does not return is disposed of, unless kept
 * @param xs what to differentiate by: tensors that are older than the call
 * @param dy [shape of the value] what the value's gradient is; 1 if absent
 * @returns the value, and gradients in the order of xs, zeros for those that the value does not depend on. The caller
 *   owns all of them
 */
export function gradients<T extends tf.Tensor>(
  f: () => T,
  xs: readonly tf.Tensor[],
  dy?: tf.Tensor,
): { value: T; gradients: tf.Tensor[] } {
  const { value, tape } = record(f);
  const saved = (node: TapeNode) => tf.dispose([...(node.saved ?? [])]);
  const path = between(tape, xs, value);
  tape.filter((node) => !path.has(node)).forEach(saved);
  const waiting = [...path.entries()];
  try {
    const found = tf.tidy(() => {
      const known = new Map<number, tf.Tensor>([[value.id, dy ? alias(dy) : tf.onesLike(value)]]);
      const wanted = new Set(xs.map(({ id }) => id));
      while (waiting.length > 0) {
        const [node, inputs] = waiting.pop()!;
        const dys = node.outputs.map(({ id }) => known.get(id));
        for (const [name, gradient] of backward(node, inputs, dys)) {
          const { id } = node.inputs[name]!;
          const before = known.get(id);
          known.set(id, before ? tf.add(before, gradient) : gradient);
          if (before) tf.dispose([before, gradient]);
        }
        saved(node);
        node.outputs.forEach(({ id }, i) => {
          if (wanted.has(id)) return;
          dys[i]?.dispose();
          known.delete(id);
        });
      }
      return xs.map(({ id, shape }) => {
        const gradient = known.get(id);
        return gradient ? alias(gradient) : tf.zeros(shape);
      });
    });
    return { value, gradients: found };
  } catch (error) {
    value.dispose();
    waiting.forEach(([node]) => saved(node));
    throw error;
  }
}

/** The operations that lead from xs to y, in their order, each with those of its inputs that xs have a part in. */
function between(tape: readonly TapeNode[], xs: readonly tf.Tensor[], y: tf.Tensor): Map<TapeNode, string[]> {
  const fromX = new Set(xs.map(({ id }) => id));
  const inputs = new Map<TapeNode, string[]>();
  for (const node of tape) {
    const names = Object.keys(node.inputs).filter((name) => fromX.has(node.inputs[name]!.id));
    if (names.length === 0) continue;
    inputs.set(node, names);
    node.outputs.forEach(({ id }) => fromX.add(id));
  }
  const toY = new Set([y.id]);
  const path: [TapeNode, string[]][] = [];
  for (const [node, names] of [...inputs].reverse()) {
    if (!node.outputs.some(({ id }) => toY.has(id))) continue;
    path.push([node, names]);
    names.forEach((name) => toY.add(node.inputs[name]!.id));
  }
  return new Map(path.reverse());
}

/** Gradients of some inputs of an operation; each is a tensor of its own, and nothing else is left. */
function backward(
  node: TapeNode,
  names: readonly string[],
  dys: readonly (tf.Tensor | undefined)[],
): [string, tf.Tensor][] {
  const { kernelName, gradient } = node;
  if (!gradient)
    throw new Error(`gradients: ${kernelName} has no gradient. Compute it outside of the loss, or detach it.`);
  const before = nextId();
  const made = tf.tidy(() => {
    const by = gradient(dys.map((dy) => dy ?? null));
    const found: tf.Tensor[] = [];
    for (const name of names) {
      const tensor = tf.tidy(by[name]!);
      const isOwn = tensor.id > before && !found.includes(tensor); // not dy itself, nor the gradient of another input
      found.push(isOwn ? tensor : alias(tensor));
    }
    return found;
  });
  return names.map((name, i) => [name, made[i]!]);
}
