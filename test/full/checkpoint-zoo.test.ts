import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { lastLogits } from "../../lib/models/decoder/logits";
import { model } from "../../lib/models/model";
import { temporaryFolder, tinyTokenizer } from "../fixtures";
import { peftFolder, transformersPython } from "./peer";

/**
 * Checkpoints, GGUF files and adapters as people have them, made by transformers, gguf and PEFT from a seed: of each
 * the logits are within 1e-4 of transformers', or it is refused, naming the reason. None is silently different.
 */
const python = transformersPython();
const peft = python && peftFolder(python);
const seed = process.env["ZOO_SEED"] ?? "1";

interface Made {
  // of the last position of each prompt; why transformers could not load it
  readonly logits: number[][] | string | null;
  readonly refusal: string | null; // what a refusal must name; null if it must be read
  readonly file?: string;
}
interface Zoo {
  readonly prompts: number[][];
  readonly made: Readonly<Record<string, Made>>;
}

const zoo = (command: string, folder: string): Zoo =>
  JSON.parse(
    execFileSync(python!, [join(__dirname, "checkpoint_zoo.py"), command, folder, seed], {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      env: { ...process.env, PYTHONPATH: peft ?? "" },
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split("\n")
      .at(-1)!,
  ) as Zoo;

/** Reads each, compares, and says how many were equal and how many refused. */
async function compared(
  what: string,
  { prompts, made }: Zoo,
  load: (name: string, one: Made) => Promise<Awaited<ReturnType<typeof model>>>,
): Promise<void> {
  const faults: string[] = [];
  const counts = { equal: 0, refused: 0 };
  let worst = 0;
  for (const [name, one] of Object.entries(made)) {
    try {
      const policy = await load(name, one);
      if (one.refusal !== null) faults.push(`${name}: was read, in spite of ${one.refusal}`);
      else if (!Array.isArray(one.logits)) faults.push(`${name}: transformers says ${one.logits}`);
      else {
        const most = Math.max(
          ...one.logits.flatMap((row, p) =>
            Array.from(lastLogits(policy, prompts[p]!), (value, i) => Math.abs(value - row[i]!)),
          ),
        );
        if (!(most <= 1e-4)) faults.push(`${name}: logits differ by ${most}`);
        else counts.equal++;
        worst = Math.max(worst, most);
      }
      policy.dispose();
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (one.refusal !== null && kind === "CorruptData" && message.includes(one.refusal)) counts.refused++;
      else faults.push(`${name}: ${kind}: ${message}`);
    }
  }
  console.log(
    `${what}: ${counts.equal} equal (logits differ by ${worst.toExponential(1)} at most), ${counts.refused} ` +
      `refused by name, ${faults.length} faults`,
  );
  assert.equal(faults, []);
}

if (python) {
  test.before(async () => void (await useBackend()));
  process.removeAllListeners("warning"); // the notes of checkpoints, which are many here

  test("checkpoints that transformers wrote", async () => {
    const folder = temporaryFolder();
    const made = zoo("transformers", folder);
    assert.ok(Object.keys(made.made).length >= 60);
    await compared("checkpoints", made, async (name) => {
      const file = join(folder, name, "tokenizer.json");
      if (!existsSync(file)) writeFileSync(file, JSON.stringify(tinyTokenizer.json)); // transformers wrote none
      return model(join(folder, name));
    });
  });

  test("GGUF files that gguf wrote", async () => {
    const folder = temporaryFolder();
    await compared("GGUF files", zoo("gguf", folder), (_, { file }) => model(join(folder, file!)));
  });

  if (peft) {
    test("adapters that PEFT wrote", async () => {
      const folder = temporaryFolder();
      const made = zoo("peft", folder);
      assert.ok(Object.keys(made.made).length >= 20);
      await compared("adapters", made, async (name) => {
        writeFileSync(join(folder, name, "tokenizer.json"), JSON.stringify(tinyTokenizer.json));
        return model(join(folder, name), { adapter: join(folder, `${name}-adapter`) });
      });
    });
  }
}

test.run();
