import { whole } from "../../core/ranges";
import type { VerlPresetName } from "../../scaling/verl/presets";
import { verlExport } from "../../scaling/verl/verl-export";
import { type VerlVersion, verlVersions } from "../../scaling/verl/versions";
import type { VerlAlgorithmName } from "../../scaling/verl/algorithms";
import { command, exitCodes } from "../command/command";
import { flag, number, oneOf, place, required, text, type Values } from "../command/options";
import { engineNames, rowEngines } from "../scoring/score-engines";
import { servedTask, taskNames } from "../serving/served-tasks";

const options = {
  task: required(text("NAME", `to train on: ${taskNames.join(", ")}, or a FILE of rows`), "Which task?"),
  validation: text("NAME", "to validate with, the same (default: the run does not validate)"),
  out: required(place("DIR", "gets the data, the reward function and run.sh"), "Where to?"),
  rewardUrl: required(text("URL", "of deepretrieval serve --task NAME, as the cluster reaches it"), "Who rewards?"),
  release: required(text("VERSION", `of verl: ${verlVersions.join(", ")}`), "Which verl?"),
  preset: text("SCRIPT", "numbers of a script of DeepRetrieval: pubmed, pubmed_32, nq, scifact, spider …"),
  algorithm: oneOf("NAME", "ppo (default) or grpo", ["ppo", "grpo"] as const, "ppo"),
  model: text("ID", "Hugging Face id, or a path on the cluster (default: the preset's)"),
  lora: number("RANK", "train adapters of this rank (default: all weights)", whole(1), undefined),
  gpus: number("N", "of all nodes together (default: the preset's, or 1)", whole(1), undefined),
  steps: number("N", "of the run (default: the epochs of the preset, or 10)", whole(1), undefined),
  batchSize: number("N", "prompts a step (default: the preset's, or 64)", whole(1), undefined),
  seed: number("N", "of data and sampling (0)", whole(0), 0),
  clusterDir: text("PATH", "where DIR will lie on the cluster, if it is copied there"),
  engine: text("NAME", `what the tasks search: ${engineNames.join(", ")}`),
  databases: text("DIR", "of a FILE with questions to databases: their folder"),
  passages: text("FILE", "of a FILE with open questions: the texts of the passages"),
  json: flag("what was written, as one line of JSON on stdout"),
};

/** `deepretrieval export verl`. */
export const exportVerl = command({
  topic: "Data and models",
  words: "export verl",
  calls: "export verl --task NAME …",
  does: "data, arguments and script for training with verl",
  options,
  run: writeExport,
});

async function writeExport(values: Values<typeof options>): Promise<number> {
  const { task, validation, out, release, rewardUrl, algorithm, lora, seed, clusterDir, json } = values;
  const { engine, passages, databases, preset, model, gpus, steps, batchSize } = values;
  const { engines, close } = await rowEngines({
    ...(engine !== undefined && { engine }),
    ...(passages !== undefined && { passages }),
  });
  const opened: { readonly close?: () => void }[] = [];
  try {
    const open = async (name: string) => {
      const served = await servedTask(name, { engines, databases });
      opened.push(served);
      return served.task;
    };
    const train = await open(task);
    const {
      folder,
      arguments: words,
      rows,
      files,
      version,
    } = verlExport(
      { train, ...(validation !== undefined && { validation: await open(validation) }) },
      {
        folder: out,
        version: release as VerlVersion,
        rewardUrl,
        algorithm: algorithm as VerlAlgorithmName,
        seed,
        ...(preset !== undefined && { preset: preset as VerlPresetName }),
        ...(model !== undefined && { model }),
        ...(lora !== undefined && { lora: { rank: lora, alpha: lora } }),
        ...(gpus !== undefined && { gpus }),
        ...(steps !== undefined && { steps }),
        ...(batchSize !== undefined && { batchSize }),
        ...(clusterDir !== undefined && { clusterFolder: clusterDir }),
      },
    );
    const lines = [
      `${rows.train} rows to train on, ${rows.validation} to validate with, for verl ${version}`,
      ...new Set(Object.values(files)),
      `start: bash ${clusterDir ?? folder}/run.sh`,
    ];
    process.stdout.write(
      `${json ? JSON.stringify({ folder, version, rows, files, arguments: words }) : lines.join("\n")}\n`,
    );
    return exitCodes.ok;
  } finally {
    for (const each of [...opened, { close }]) each.close?.();
  }
}
