import { shellWord } from "./hydra";

/**
 * A script for bash that starts verl, with one argument a line. Each attempt writes its metrics to a file of its own,
 * since verl empties the file that it opens.
 *
 * @param folder absolute, where the exported files lie on the cluster
 */
export const runScript = (folder: string, version: string, words: readonly string[]): string => `#!/usr/bin/env bash
# Training with verl ${version}. Start it where the reward server can be reached: bash run.sh
set -euo pipefail
FOLDER=${shellWord(folder)}
mkdir -p "$FOLDER/metrics"
export VERL_FILE_LOGGER_PATH="$FOLDER/metrics/$(date -u +%Y%m%dT%H%M%SZ)-$$.jsonl"
export HYDRA_FULL_ERROR=1
cd "$FOLDER"
exec python3 -m verl.trainer.main_ppo \\
${words.map((word) => `  ${shellWord(word)}`).join(" \\\n")} \\
  "$@"
`;
