// Run in a process of its own: does the addon load, and does it compute? Prints one line of JSON, or fails.
"use strict";
const util = require("node:util");

process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true"; // otherwise it takes the whole GPU at once
util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23; the package uses both
util.isArray ??= Array.isArray;

const tf = require(process.argv[2]);
const product = tf
  .matMul(
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    tf.tensor2d([
      [5, 6],
      [7, 8],
    ]),
  )
  .arraySync();
// [1·5+2·7, 1·6+2·8], [3·5+4·7, 3·6+4·8]
if (JSON.stringify(product) !== "[[19,22],[43,50]]")
  throw new Error(`[[1,2],[3,4]]·[[5,6],[7,8]] came out as ${JSON.stringify(product)}`);
const { binding, isUsingGpuDevice } = tf.backend();
process.stdout.write(
  JSON.stringify({ version: binding.TF_Version, device: isUsingGpuDevice ? "gpu" : "cpu", vectors: vectors() }),
);

/** Rows of bits, whether this processor has them, and whether they are used: one for each width of our kernels. */
function vectors() {
  try {
    return tf.backend().executeSingleOutput("DecoderVectors", [], []).arraySync();
  } catch {
    return []; // the compiler refused our operations
  }
}
