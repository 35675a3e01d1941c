// The source of the CUDA kernels as a C++ header. The addon hands it to NVRTC, which compiles it for the card in use.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** The files of each room of lib/backend/cuda/device/kernel-names.h. All rooms begin with what they share. */
const rooms = {
  activations: ["activations/activations.cu"],
  adam: ["adam/adam.cu"],
  attention: ["attention/causal.cu", "attention/heads.cu", "attention/attention.cu"],
  choice: ["choose-tokens/choice.cu"],
  decoding: ["attention/heads.cu", "decoding/decoding.cu"],
  embedding: ["embedding/embedding.cu"],
  labels: ["token-logps/labels.cu"],
  products: ["products/few-rows.cu", "products/products.cu", "products/parts.cu"],
  streamedProducts: ["device/tiles.cu", "products/few-rows.cu", "products/streamed.cu"],
  tiledAttention: [
    "device/tiles.cu",
    "attention/causal.cu",
    "attention/tiled.cu",
    "attention/float-tiles.cu",
    "attention/exact.cu",
  ],
  coarseAttention: [
    "device/tiles.cu",
    "attention/causal.cu",
    "attention/tiled.cu",
    "attention/float-tiles.cu",
    "attention/coarse.cu",
  ],
  halfAttention: [
    "device/tiles.cu",
    "attention/causal.cu",
    "attention/tiled.cu",
    "attention/half-tiles.cu",
    "attention/half.cu",
  ],
  uploads: ["uploads/uploads.cu"],
};

/**
 * The text of kernel-sources.h.
 * @param {string} backendFolder
 */
function kernelSources(backendFolder) {
  const read = (name) => fs.readFileSync(path.join(backendFolder, "cuda", name), "utf8");
  const entries = Object.entries(rooms).map(([room, files]) => {
    const text = ["device/prelude.cu", ...files].map(read).join("\n");
    return `    {"${room}", R"CUDA(${text})CUDA"},\n`;
  });
  return (
    "#pragma once\n#include <map>\n#include <string>\nnamespace cuda {\n" +
    `static const std::map<std::string, std::string> kernelSources = {\n${entries.join("")}};\n}\n`
  );
}

module.exports = { kernelSources, rooms };
