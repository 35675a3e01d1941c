import { useBackend } from "../../lib/backend/choose";
import { random } from "../../lib/core/random";
import { projectPath } from "../../lib/data/paths";
import { model } from "../../lib/models/model";
import { deviceRollouts } from "../../lib/scaling/devices/devices";
import { processor } from "./processor";

/**
 * The responses of a training step by one process a card, against this process alone: medians of seconds, for which the
 * processes get new weights each time, and whether the tokens are the same.
 *
 * `devices=0,1 rows=256 tokens=128 repeats=3` are the settings; `model=FOLDER` is another model than the small policy,
 * `frozen=bf16` keeps its matrices as bfloat16, and `rank=16` trains adapters of this rank over it.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const setting = (name: string, usual: number): number => Number(options[name] ?? usual);
  const devices = (options.devices ?? "0,1").split(",").map((name) => (name === "cpu" ? "cpu" : Number(name)));
  const [rows, maxTokens, repeats] = [setting("rows", 256), setting("tokens", 128), setting("repeats", 3)];
  const folder = options.model ?? projectPath("data/checkpoints/pubmed-coldstart");
  const frozen = options.frozen === "bf16" ? { frozen: "bf16" as const } : {};
  const backend = await useBackend();
  const base = await model(folder, frozen);
  const policy = options.rank ? base.adapt({ rank: setting("rank", 16) }) : base;
  const engine = deviceRollouts({ devices, ...(options.rank && { model: folder }), ...frozen });
  const prompts = Array.from({ length: rows }, (_, i) => "ab".repeat(1 + (i % 24)));
  const seconds = { alone: [] as number[], sync: [] as number[], devices: [] as number[] };
  let differing = 0;
  try {
    for (let step = 0; step <= repeats; step++) {
      const sampling = () => ({ maxTokens, temperature: 1, rng: random("devices").fork("step", step) });
      const began = performance.now();
      const own = await policy.generate(prompts, sampling());
      const between = performance.now();
      await engine.sync!(policy, step);
      const synced = performance.now();
      const theirs = await engine.generate(prompts, sampling());
      const times = { alone: between - began, sync: synced - between, devices: performance.now() - synced };
      log(`step ${step}: ${JSON.stringify(times)} ms`);
      if (step === 0) continue; // processes start, and graphs are recorded
      for (const [name, time] of Object.entries(times)) seconds[name as keyof typeof seconds].push(time / 1000);
      differing += own.filter(({ tokens }, i) => `${tokens}` !== `${theirs[i]!.tokens}`).length;
    }
  } finally {
    engine.dispose();
    policy.dispose();
    if (policy !== base) base.dispose();
  }
  const [alone, sync, written] = [median(seconds.alone), median(seconds.sync), median(seconds.devices)];
  return {
    ...{ on: processor(), backend: backend.version, device: backend.device, devices, model: folder },
    ...{ rows, tokens: maxTokens, alone, sync, devicesSeconds: written, faster: alone / (sync + written) },
    differingRows: differing / repeats,
  };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
