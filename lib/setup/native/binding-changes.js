// What set-up changes in the C++ files of @tensorflow/tfjs-node-gpu before it compiles them.
//
// The package goes on after TensorFlow refused to start, on a card whose memory another process holds for one, and
// ends Node by a bad address. With these changes it throws what TensorFlow says. Where CUDA_VISIBLE_DEVICES is -1 it
// asks TensorFlow for no card at all, so that the processor computes in a process whose card did not start.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { Shortfall } = require("./shortfall");

const file = "tfjs_backend.cc";

/** A ConfigProto whose device_count is { "GPU": 0 }. */
const noCards = String.raw`"\x0a\x07\x0a\x03GPU\x10\x00", 9`;

/** Each text, which stands in the file once, and what takes its place. */
const changes = [
  [
    `  TFE_ContextOptions *tfe_options = TFE_NewContextOptions();
`,
    `  TFE_ContextOptions *tfe_options = TFE_NewContextOptions();
  const char *visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible != nullptr && std::string(visible) == "-1")
    TFE_ContextOptionsSetConfig(tfe_options, ${noCards}, tf_status.status);
`,
  ],
  [
    `    NAPI_THROW_ERROR(env, "Exception creating TFE_Context");
  }

  TFE_DeleteContextOptions(tfe_options);
`,
    `    NAPI_THROW_ERROR(env, "TensorFlow does not start: %s", TF_Message(tf_status.status));
    TFE_DeleteContextOptions(tfe_options);
    return;
  }

  TFE_DeleteContextOptions(tfe_options);
`,
  ],
];

/**
 * Applies the changes to a copy of the package's files.
 * @param {string} folder
 */
function changeBinding(folder) {
  const target = path.join(folder, file);
  let text = fs.readFileSync(target, "utf8");
  for (const [before, after] of changes) {
    if (text.split(before).length !== 2) throw new Shortfall("build", `${file} is not that of tfjs-node-gpu 4.22.0`);
    text = text.replace(before, () => after);
  }
  fs.writeFileSync(target, `#include <cstdlib>\n${text}`);
}

module.exports = { changeBinding, changes };
