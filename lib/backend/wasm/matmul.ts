import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";
import { memory, numbers, pointer, scratch } from "./heap";

/** What matmul.as.ts exports; pointers are bytes into tfjs's heap. */
interface Kernel {
  scratchBytes(N: number): number;
  matmul(
    A: number,
    B: number,
    C: number,
    batches: number,
    strideA: number,
    strideB: number,
    M: number,
    N: number,
    K: number,
    transposeA: number,
    transposeB: number,
    scratch: number,
  ): void;
}

/** The global of every Node, which its types of this version leave to the browser's. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: object } }) => { readonly exports: object };
};

/** The path of the compiled matmul.as.ts, in the nearest parent folder that has one; undefined if none has. */
export function compiledMatmul(from = __dirname): string | undefined {
  const file = join(from, "dist/backend/wasm/matmul.wasm");
  if (existsSync(file)) return file;
  return dirname(from) === from ? undefined : compiledMatmul(dirname(from));
}

/**
 * BatchMatMul for the wasm backend. The stock kernel is fast only for two plain matrices; with a batch or
 * a transposed side it is a naive loop of 2 GFLOP/s, and it keeps a copy of every weight.
 * @param file the compiled matmul.as.ts
 */
export function matmulOnWasm(backend: BackendWasm, file: string): void {
  const compiled = new WebAssembly.Module(readFileSync(file));
  const kernel = new WebAssembly.Instance(compiled, { env: { memory: memory(backend) } }).exports as Kernel;
  const room = scratch(backend);
  replaceKernel("BatchMatMul", "wasm", ({ inputs, attrs }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32")
      throw new TypeError(`matMul on wasm multiplies float32, not ${a.dtype} by ${b.dtype}. Cast both first.`);
    const [heightA, widthA] = a.shape.slice(-2) as [number, number];
    const [heightB, widthB] = b.shape.slice(-2) as [number, number];
    const [M, K] = transposeA ? [widthA, heightA] : [heightA, widthA];
    const [depth, N] = transposeB ? [widthB, heightB] : [heightB, widthB];
    if (K !== depth)
      throw new RangeError(
        `matMul: the inner sizes of [${a.shape}] and [${b.shape}] are ${K} and ${depth} (transposeA ` +
          `${transposeA}, transposeB ${transposeB}); they must be equal.`,
      );
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const space = room(kernel.scratchBytes(N));
    const out = backend.makeOutput([...batch, M, N], "float32");
    if (K === 0) numbers(backend, out).fill(0); // an empty sum
    for (const run of runs(a.shape.slice(0, -2), b.shape.slice(0, -2), batch)) {
      kernel.matmul(
        pointer(backend, a) + 4 * M * K * run.a,
        pointer(backend, b) + 4 * K * N * run.b,
        pointer(backend, out) + 4 * M * N * run.out,
        run.many,
        run.manyA ? M * K : 0,
        run.manyB ? K * N : 0,
        M,
        N,
        K,
        Number(transposeA),
        Number(transposeB),
        space,
      );
    }
    return out;
  });
}

/**
 * Computes `many` products in a row, from matrices number `a`, `b` and `out` on. A side that is not repeated stays the
 * same.
 */
interface Run {
  readonly a: number;
  readonly b: number;
  readonly out: number;
  readonly many: number;
  readonly manyA: boolean;
  readonly manyB: boolean;
}

/** Computes the products of a batch in as few runs as broadcasting allows: one, unless both sides repeat. */
export function runs(batchA: readonly number[], batchB: readonly number[], batch: readonly number[]): Run[] {
  const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
  const [sizeA, sizeB, many] = [size(batchA), size(batchB), size(batch)];
  if (many === 0) return [];
  if ((sizeA === many || sizeA === 1) && (sizeB === many || sizeB === 1)) {
    return [{ a: 0, b: 0, out: 0, many, manyA: sizeA > 1, manyB: sizeB > 1 }];
  }
  return Array.from({ length: many }, (_, out) => ({
    a: place(batchA, batch, out),
    b: place(batchB, batch, out),
    out,
    many: 1,
    manyA: false,
    manyB: false,
  }));
}

/** The index of the matrix of `own` that is used for matrix number `out` of the broadcast `batch`. */
function place(own: readonly number[], batch: readonly number[], out: number): number {
  let index = 0;
  let step = 1;
  for (let axis = batch.length - 1, mine = own.length - 1; mine >= 0; axis--, mine--) {
    if (own[mine]! > 1) index += (out % batch[axis]!) * step;
    step *= own[mine]!;
    out = Math.floor(out / batch[axis]!);
  }
  return index;
}
