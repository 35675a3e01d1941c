// DEEPRETRIEVAL_NATIVE: which native TensorFlow is wanted.
"use strict";

const choices = ["cuda", "cpu", "off"];

/**
 * `cuda`, `cpu` or `off`; undefined where the machine decides: CUDA if there is an NVIDIA driver, else the processor.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ choice?: string, unknown?: string }} `unknown`: a value that is none of these
 */
function wantedNative(env = process.env) {
  const value = env.DEEPRETRIEVAL_NATIVE;
  if (!value) return {};
  return choices.includes(value) ? { choice: value } : { unknown: value };
}

module.exports = { wantedNative, choices };
