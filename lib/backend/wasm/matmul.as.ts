/**
 * Batched matrix products for the wasm backend, in AssemblyScript (compiled by set-up, see asconfig.json),
 * on the memory of tfjs's own WebAssembly module: pointers are byte offsets into it, numbers are float32.
 *
 *   C[b] = op(A[b]) · op(B[b]),   op(X) = X or Xᵀ,   op(A) is [M, K], op(B) is [K, N], C is [M, N]
 *
 * After Goto & van de Geijn 2008: blocks of A and B are copied into the order in which the innermost
 * loop reads them, a tile of 4 rows by 8 columns of C is held in eight registers.
 * Nothing here allocates and nothing is static: the memory belongs to tfjs.
 */

const rows: i32 = 4; // of a tile of C
const columns: i32 = 8;
const depth: i32 = 256; // k of a block: 4·256·8 bytes of a panel of B stay in the first-level cache
const height: i32 = 64; // rows of a block of A: 64·256·4 bytes stay in the second-level cache

/** Bytes of scratch that `matmul` needs for N columns. */
export function scratchBytes(N: i32): usize {
  const panels = (N + columns - 1) / columns;
  return <usize>4 * (rows * columns + depth * (panels * columns + height));
}

/**
 * @param A pointer to the first matrix; the next one is strideA numbers on (0: the same for every b)
 * @param C pointer to the result, `batches` matrices of M·N numbers
 * @param transposeA 1 if A is stored as [K, M]
 * @param transposeB 1 if B is stored as [N, K]
 * @param scratch pointer to scratchBytes(N) bytes, 16-aligned
 */
export function matmul(
  A: usize, B: usize, C: usize, batches: i32, strideA: i32, strideB: i32,
  M: i32, N: i32, K: i32, transposeA: bool, transposeB: bool, scratch: usize,
): void {
  for (let b = 0; b < batches; b++) {
    if (M == 1) vectorMatrix(A, B, C, N, K, transposeB);
    else if (N == 1) vectorMatrix(B, A, C, M, K, !transposeA);
    else product(A, B, C, M, N, K, transposeA, transposeB, scratch);
    A += <usize>strideA << 2;
    B += <usize>strideB << 2;
    C += (<usize>M * N) << 2;
  }
}

function product(
  A: usize,
  B: usize,
  C: usize,
  M: i32,
  N: i32,
  K: i32,
  transposeA: bool,
  transposeB: bool,
  scratch: usize,
): void {
  const panels = (N + columns - 1) / columns;
  const tile = scratch;
  const packedB = tile + rows * columns * 4;
  const packedA = packedB + ((<usize>depth * panels * columns) << 2);
  const direct = !transposeB && M <= 16; // copying B would cost more than reading it where it lies
  for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = min(depth, K - k0);
    for (let p = direct ? N / columns : 0; p < panels; p++) {
      const j = p * columns;
      packPanel(packedB + ((<usize>p * kc * columns) << 2), B, transposeB, k0, kc, j, min(columns, N - j), N, K);
    }
    for (let m0 = 0; m0 < M; m0 += height) {
      const mc = min(height, M - m0);
      for (let i = 0; i < mc; i += rows)
        packRows(packedA + ((<usize>i * kc) << 2), A, transposeA, k0, kc, m0 + i, min(rows, mc - i), M, K);
      for (let p = 0; p < panels; p++) {
        const j = p * columns;
        const w = min(columns, N - j);
        const here = direct && w == columns;
        const panel = here ? B + ((<usize>k0 * N + j) << 2) : packedB + ((<usize>p * kc * columns) << 2);
        const step = here ? <usize>N << 2 : columns << 2;
        for (let i = 0; i < mc; i += rows) {
          const h = min(rows, mc - i);
          const to = C + ((<usize>(m0 + i) * N + j) << 2);
          const pa = packedA + ((<usize>i * kc) << 2);
          if (h == rows && w == columns) computeTile(pa, panel, step, kc, to, <usize>N << 2, k0 > 0);
          else {
            computeTile(pa, panel, step, kc, tile, columns << 2, false);
            copyTile(tile, to, h, w, N, k0 > 0);
          }
        }
      }
    }
  }
}

/** `w` columns from column j of op(B), rows k0 … k0+kc, eight numbers per k, zeros beyond w. */
function packPanel(to: usize, B: usize, transposed: bool, k0: i32, kc: i32, j: i32, w: i32, N: i32, K: i32): void {
  if (!transposed && w == columns) {
    let from = B + ((<usize>k0 * N + j) << 2);
    const step = <usize>N << 2;
    for (let k = 0; k < kc; k++, from += step, to += 32) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    return;
  }
  if (transposed && w == columns) {
    const step = <usize>K << 2;
    const from = B + ((<usize>j * K + k0) << 2);
    interleave(to, from, step, kc, 32);
    interleave(to + 16, from + 4 * step, step, kc, 32);
    return;
  }
  const alongK: usize = transposed ? 4 : <usize>N << 2;
  const alongJ: usize = transposed ? <usize>K << 2 : 4;
  const from = B + <usize>k0 * alongK + <usize>j * alongJ;
  for (let k = 0; k < kc; k++) {
    for (let x = 0; x < columns; x++, to += 4)
      store<f32>(to, x < w ? load<f32>(from + <usize>k * alongK + <usize>x * alongJ) : 0);
  }
}

/** `h` rows from row m of op(A), columns k0 … k0+kc, four numbers per k, zeros beyond h. */
function packRows(to: usize, A: usize, transposed: bool, k0: i32, kc: i32, m: i32, h: i32, M: i32, K: i32): void {
  if (transposed && h == rows) {
    let from = A + ((<usize>k0 * M + m) << 2);
    const step = <usize>M << 2;
    for (let k = 0; k < kc; k++, from += step, to += 16) v128.store(to, v128.load(from));
    return;
  }
  if (!transposed && h == rows) {
    interleave(to, A + ((<usize>m * K + k0) << 2), <usize>K << 2, kc, 16);
    return;
  }
  const alongK: usize = transposed ? <usize>M << 2 : 4;
  const alongM: usize = transposed ? 4 : <usize>K << 2;
  const from = A + <usize>k0 * alongK + <usize>m * alongM;
  for (let k = 0; k < kc; k++) {
    for (let x = 0; x < rows; x++, to += 4)
      store<f32>(to, x < h ? load<f32>(from + <usize>k * alongK + <usize>x * alongM) : 0);
  }
}

/** Four rows, `step` bytes apart and kc long, become kc groups of four, `toStep` bytes apart. */
function interleave(to: usize, from: usize, step: usize, kc: i32, toStep: usize): void {
  let k = 0;
  for (; k + 4 <= kc; k += 4, from += 16) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + step);
    const r2 = v128.load(from + 2 * step);
    const r3 = v128.load(from + 3 * step);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2)); to += toStep;
    v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3)); to += toStep;
    v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2)); to += toStep;
    v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3)); to += toStep;
  }
  for (; k < kc; k++, from += 4, to += toStep) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + step), 4);
    store<f32>(to, load<f32>(from + 2 * step), 8);
    store<f32>(to, load<f32>(from + 3 * step), 12);
  }
}

/** A tile of C: Σ_k a[k, 0…3] ⊗ b[k, 0…7], stored or added to what is there. */
function computeTile(a: usize, b: usize, step: usize, kc: i32, to: usize, row: usize, add: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = 0; k < kc; k++, a += 16, b += step) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0)); c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0)); c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0)); c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0)); c31 = f32x4.add(c31, f32x4.mul(x, b1));
  }
  storeRow(to, c00, c01, add);
  storeRow(to + row, c10, c11, add);
  storeRow(to + 2 * row, c20, c21, add);
  storeRow(to + 3 * row, c30, c31, add);
}

@inline
function storeRow(to: usize, left: v128, right: v128, add: bool): void {
  v128.store(to, add ? f32x4.add(v128.load(to), left) : left);
  v128.store(to, add ? f32x4.add(v128.load(to, 16), right) : right, 16);
}

function copyTile(tile: usize, to: usize, h: i32, w: i32, N: i32, add: bool): void {
  for (let i = 0; i < h; i++, to += <usize>N << 2) {
    for (let j = 0; j < w; j++) {
      const value = load<f32>(tile + ((i * columns + j) << 2));
      const at = to + (j << 2);
      store<f32>(at, add ? load<f32>(at) + value : value);
    }
  }
}

/** y[N] = x[K] · op(B): every number of B is read once, in the order in which it lies. */
function vectorMatrix(x: usize, B: usize, y: usize, N: i32, K: i32, transposed: bool): void {
  if (transposed) for (let j = 0; j < N; j++) store<f32>(y + (j << 2), dot(x, B + ((<usize>j * K) << 2), K));
  else sumOfRows(x, B, y, N, K);
}

function dot(x: usize, y: usize, K: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let k = 0;
  for (; k + 16 <= K; k += 16, x += 64, y += 64) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(x), v128.load(y)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(x, 16), v128.load(y, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(x, 32), v128.load(y, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(x, 48), v128.load(y, 48)));
  }
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  let sum = f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3);
  for (; k < K; k++, x += 4, y += 4) sum += load<f32>(x) * load<f32>(y);
  return sum;
}

/** y[N] = Σ_k x[k]·B[k], four rows of B at a time while there are four. */
function sumOfRows(x: usize, B: usize, y: usize, N: i32, K: i32): void {
  const row = <usize>N << 2;
  memory.fill(y, 0, row);
  let k = 0;
  for (; k + 4 <= K; k += 4, x += 16, B += 4 * row) {
    const x0 = load<f32>(x), x1 = load<f32>(x, 4), x2 = load<f32>(x, 8), x3 = load<f32>(x, 12);
    const v0 = f32x4.splat(x0), v1 = f32x4.splat(x1), v2 = f32x4.splat(x2), v3 = f32x4.splat(x3);
    const r1 = B + row, r2 = B + 2 * row, r3 = B + 3 * row;
    let j: usize = 0;
    for (; j + 16 <= row; j += 16) {
      const left = f32x4.add(f32x4.mul(v0, v128.load(B + j)), f32x4.mul(v1, v128.load(r1 + j)));
      const right = f32x4.add(f32x4.mul(v2, v128.load(r2 + j)), f32x4.mul(v3, v128.load(r3 + j)));
      v128.store(y + j, f32x4.add(v128.load(y + j), f32x4.add(left, right)));
    }
    for (; j < row; j += 4) {
      const sum = x0 * load<f32>(B + j) + x1 * load<f32>(r1 + j) + (x2 * load<f32>(r2 + j) + x3 * load<f32>(r3 + j));
      store<f32>(y + j, load<f32>(y + j) + sum);
    }
  }
  for (; k < K; k++, x += 4, B += row) {
    for (let j: usize = 0; j < row; j += 4) store<f32>(y + j, load<f32>(y + j) + load<f32>(x) * load<f32>(B + j));
  }
}
