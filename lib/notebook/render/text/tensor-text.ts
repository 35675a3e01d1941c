import { inspect } from "node:util";
import { readSafely } from "./read-safely";

/** The fields of a TensorFlow.js tensor that are shown. */
interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  toString(): string;
}

/** Whether `value` is a tensor of any copy of TensorFlow.js: it is known by its members. */
export function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, type: string): boolean => typeof readSafely(value, name) === type;
  return (
    Array.isArray(readSafely(value, "shape")) &&
    has("dtype", "string") &&
    has("isDisposed", "boolean") &&
    has("dataSync", "function") &&
    has("dataId", "object")
  );
}

/** `Tensor [2, 3] float32` and its numbers, the middle of long axes left out; a disposed tensor is named as such. */
function tensorText(tensor: TensorLike): string {
  const kind = tensor.constructor.name === "Variable" ? "Variable" : "Tensor";
  const head = `${kind} [${tensor.shape.join(", ")}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${head}, disposed: its numbers are gone`;
  const [, ...numbers] = tensor.toString().split("\n"); // the first line is "Tensor"
  return [head, ...numbers].join("\n");
}

/**
 * From now on, tensors of the class of `tensor` are shown by `tensorText` wherever they stand: in arrays, in records.
 */
export function teachTensor(tensor: object): void {
  let owner: object | null = tensor;
  while (owner !== null && !Object.hasOwn(owner, "dataSync")) owner = Object.getPrototypeOf(owner) as object | null;
  if (owner === null || Object.hasOwn(owner, inspect.custom)) return;
  Object.defineProperty(owner, inspect.custom, {
    configurable: true,
    value(this: TensorLike) {
      return tensorText(this);
    },
  });
}
