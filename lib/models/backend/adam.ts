import { floatType, nativeProcessor, type NativeBackend } from "./native-binding";
import { tf } from "./tf";

/** What one step of Adam multiplies with: step t, at learning rate η. */
export interface AdamRates {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly rate: number; // η / (1 − β₁ᵗ)
  readonly correction: number; // 1 / √(1 − β₂ᵗ)
  readonly shrink: number; // 1 − η·λ, of decoupled weight decay
  readonly scale: number; // of the gradient, when it is clipped
}

/** Running means of a gradient and of its square, by which a variable is moved. They start at zero. */
export interface Moments {
  /** w ← shrink·w − rate·m / (correction·√v + ε), after m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g², g scaled. */
  move(variable: tf.Variable, gradient: tf.Tensor, rates: AdamRates): void;
  /** Mean and mean square, of the variable's shape. The caller owns them. */
  read(): [first: tf.Tensor, second: tf.Tensor];
  /** Goes on from these, which it borrows. */
  restore(first: tf.Tensor, second: tf.Tensor): void;
  dispose(): void;
}

/** The moments of a variable of this shape, kept on the backend in use. The caller disposes of them. */
export function momentsOf(shape: number[]): Moments {
  const native = nativeProcessor();
  return native ? inPlace(native, shape) : composed(shape);
}

/** Σ g², a scalar. The caller owns it. */
export function squaredSum(gradient: tf.Tensor): tf.Scalar {
  const native = nativeProcessor();
  return tf.tidy(() => (native ? tf.mul(native.executeSingleOutput("L2Loss", [floatType(native)], [gradient]) as tf.Scalar, 2) : tf.sum(tf.square(gradient))));
}

/** Of operations that every backend has. */
function composed(shape: number[]): Moments {
  const [first, second] = [0, 1].map(() => tf.tidy(() => tf.variable(tf.zeros(shape)))) as [tf.Variable, tf.Variable];
  return {
    move: (variable, gradient, { beta1, beta2, epsilon, rate, correction, shrink, scale }) =>
      tf.tidy(() => {
        const scaled = tf.mul(gradient, scale);
        first.assign(tf.add(tf.mul(first, beta1), tf.mul(scaled, 1 - beta1)));
        second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(scaled), 1 - beta2)));
        const denominator = tf.add(tf.mul(tf.sqrt(second), correction), epsilon);
        variable.assign(tf.sub(shrink === 1 ? variable : tf.mul(variable, shrink), tf.mul(tf.div(first, denominator), rate)));
      }),
    read: () => [first.clone(), second.clone()],
    restore(savedFirst, savedSecond) {
      first.assign(savedFirst);
      second.assign(savedSecond);
    },
    dispose: () => tf.dispose([first, second]),
  };
}

let made = 0; // names of resources are unique in a process

/** In TensorFlow's own variables, by one operation that passes over everything once; composed of others, Adam takes a dozen passes. */
function inPlace(native: NativeBackend, shape: number[]): Moments {
  const { executeOp, deleteTensor, TF_ATTR_STRING, TF_ATTR_SHAPE, TF_ATTR_BOOL } = native.binding;
  const text = (name: string, value: string) => ({ name, type: TF_ATTR_STRING, value });
  const flag = (name: string) => ({ name, type: TF_ATTR_BOOL, value: false });
  const dtype = floatType(native, "dtype");
  const resource = (): number => executeOp("VarHandleOp", [dtype, { name: "shape", type: TF_ATTR_SHAPE, value: shape }, text("shared_name", `moments-${made++}`), text("container", "")], [], 1)[0]!.id;
  const assign = (handle: number, tensor: tf.Tensor) => executeOp("AssignVariableOp", [dtype, flag("validate_shape")], [handle, ...native.getInputTensorIds([tensor])], 0);
  const value = (handle: number): tf.Tensor => native.createOutputTensor(executeOp("ReadVariableOp", [dtype], [handle], 1)[0]!);
  const destroy = (handle: number) => {
    executeOp("DestroyResourceOp", [{ ...flag("ignore_lookup_error"), value: true }], [handle], 0);
    deleteTensor(handle);
  };
  const [first, second] = [resource(), resource()];
  for (const handle of [first, second]) tf.tidy(() => assign(handle, tf.zeros(shape)));
  return {
    move: (variable, gradient, { beta1, beta2, epsilon, rate, correction, shrink, scale }) => {
      const moving = resource();
      tf.tidy(() => assign(moving, shrink === 1 ? variable : tf.mul(variable, shrink)));
      tf.tidy(() => {
        // TensorFlow's √v + ε is ours divided by the correction; what it makes of β₁ᵗ, β₂ᵗ and its rate is that of one that needs no correction
        const numbers = [0, 0, rate / correction, beta1, beta2, epsilon / correction].map((number) => tf.scalar(number));
        const scaled = scale === 1 ? gradient : tf.mul(gradient, scale);
        executeOp("ResourceApplyAdam", [floatType(native), flag("use_locking"), flag("use_nesterov")], [moving, first, second, ...native.getInputTensorIds([...numbers, scaled])], 0);
        variable.assign(value(moving));
      });
      destroy(moving);
    },
    read: () => [value(first), value(second)],
    restore: (savedFirst, savedSecond) => tf.tidy(() => [savedFirst, savedSecond].forEach((saved, i) => assign([first, second][i]!, tf.mul(saved, 1)))), // a copy: it will be written to
    dispose: () => [first, second].forEach(destroy),
  };
}
