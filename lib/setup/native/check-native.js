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
trainTwoSteps();
const { binding, isUsingGpuDevice } = tf.backend();
if (isUsingGpuDevice) compileKernels();
const answer = { version: binding.TF_Version, device: isUsingGpuDevice ? "gpu" : "cpu", vectors: vectors() };
process.stdout.write(`\n${JSON.stringify(answer)}\n`);

/** Rows of bits, whether this processor has them, and whether they are used: one for each width of our kernels. */
function vectors() {
  try {
    return tf.backend().executeSingleOutput("DecoderVectors", [], []).arraySync();
  } catch {
    return []; // the compiler refused our operations
  }
}

/** Two steps of gradient descent on (w − 2)² and (2w − 4)², at a rate of 0.1 from w = 0: 5w − 10 is the slope. */
function trainTwoSteps() {
  const w = tf.variable(tf.tensor2d([[0]]));
  const x = tf.tensor2d([[1], [2]]);
  const y = tf.tensor2d([[2], [4]]);
  const optimizer = tf.train.sgd(0.1);
  const found = [1, 2].map(() => {
    optimizer.minimize(() => tf.mean(tf.square(tf.sub(tf.matMul(x, w), y))));
    return w.dataSync()[0];
  });
  // 0 + 0.1·10 = 1, and 1 + 0.1·5 = 1.5
  if (found.some((number, i) => !(Math.abs(number - [1, 1.5][i]) < 1e-5)))
    throw new Error(`two steps of training came out as ${found}, not 1 and 1.5`);
  tf.dispose([w, x, y]);
}

/** Compiles our CUDA kernels for this card and keeps them in the cache, so that no notebook waits for the compiler. */
function compileKernels() {
  try {
    tf.backend()
      .executeSingleOutput("DecoderCard", [], [tf.zeros([1])])
      .dataSync();
  } catch (error) {
    process.stderr.write(`our CUDA kernels do not start: ${error.message}\n`); // TF.js operations take their place
  }
}
