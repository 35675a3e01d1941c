import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { temporaryFolder } from "../fixtures";

const kills = 20; // of one run
const steps = 120; // of it, so that there is something left to kill
const program = join(__dirname, "../training/run-folder/killed-run.ts");

/** The figures of a process that was killed, or that reached its end. */
interface Told {
  readonly steps: readonly number[]; // that it told, in order
  readonly ended: boolean; // by itself
}

/**
 * Runs the training in a process. Kills it `milliseconds` after it was started or, with `from: "step"`, after its first
 * step; without a moment it runs to its end.
 */
function run(
  algorithm: string,
  folder: string,
  kill?: { readonly from: "start" | "step"; readonly milliseconds: number },
): Promise<Told> {
  const child = spawn(process.execPath, ["--require", "tsx/cjs", program, folder, "auto", algorithm, String(steps)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  const later = () => kill && (timer ??= setTimeout(() => child.kill("SIGKILL"), kill.milliseconds));
  if (kill?.from === "start") later();
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
    later();
  });
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ steps: text.split("\n").slice(0, -1).map(Number), ended: code === 0 });
    }),
  );
}

const files = ["metrics.jsonl", "rollouts.jsonl"];
const weights = [
  "policy-state.safetensors",
  "policy-optimizer.safetensors",
  "reference-state.safetensors",
  "state.json",
  "policy/model.safetensors",
];
const critics = ["critic-state.safetensors", "critic-optimizer.safetensors"];

for (const algorithm of ["ppo", "grpo"] as const)
  test(
    `killed at ${kills} random moments, a run by ${algorithm} ends byte for byte as one that never ` + "was",
    async () => {
      const [folder, straight] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
      assert.ok((await run(algorithm, straight)).ended);
      const rng = random("twenty kills").fork(algorithm);
      let told = 0;
      let repeated = 0; // steps that were told twice
      let moments = 0;
      for (; moments < kills; moments++) {
        // Every fourth falls between the start of the process and its first step: while it loads, and reads the folder.
        const kill =
          moments % 4 === 3
            ? ({ from: "start", milliseconds: rng.below(4000) } as const)
            : ({ from: "step", milliseconds: rng.below(400) } as const);
        const { steps: own, ended } = await run(algorithm, folder, kill);
        if (own.length > 0) {
          assert.ok(own[0]! <= told + 1, `after step ${told} it went on with step ${own[0]}`);
          repeated += Math.max(0, told + 1 - own[0]!);
          told = own.at(-1)!;
        }
        if (ended) break;
      }
      assert.is(moments, kills, `the run ended after ${moments} kills: it needs more steps`);
      const before = told;
      if (told < steps) assert.ok((await run(algorithm, folder)).ended);
      const compared = [
        ...files,
        ...[...weights, ...(algorithm === "ppo" ? critics : [])].map((file) => `checkpoint-${steps}/${file}`),
      ];
      for (const file of compared)
        assert.ok(readFileSync(join(folder, file)).equals(readFileSync(join(straight, file))), `${file} differs`);
      console.log(
        `${algorithm}: ${kills} kills by step ${before} of ${steps}, ${repeated} finished steps told again; ` +
          `${compared.length} files are equal byte for byte`,
      );
      assert.is(repeated, 0, "no finished step is lost");
    },
  );

test.run();
