import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unpackAdapter } from "../../lib/models/decoder/adapter";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { lastLogits } from "../../lib/models/decoder/logits";
import type { Adapter } from "../../lib/models/decoder/low-rank";
import { model } from "../../lib/models/model";
import type { Policy } from "../../lib/models/policy";
import { temporaryFolder, tensorsLeftBy, tinyTokenizer } from "../fixtures";
import { peftFolder, transformersPython } from "./peer";

/** Hugging Face PEFT computes the same: its adapters here, ours there. fp32 on both sides. */
const python = transformersPython();
const peft = python && peftFolder(python);
const prompts = [
  [5, 17, 300, 2, 44, 9, 77, 128, 31, 402, 11],
  [100],
  Array.from({ length: 90 }, (_, i) => (i * 37) % 500),
];

/** What PEFT makes of a model with adapters. */
interface Described {
  readonly logits: number[][]; // of the last position of each prompt
  readonly loss: number; // nats a token, of the first prompt
  readonly gradients: Readonly<Record<string, number[]>>; // "layers.0.self_attn.q_proj.lora_A"
}

const ask = (command: "make" | "answer", folder: string): Record<string, Described> =>
  JSON.parse(
    execFileSync(python!, [join(__dirname, "peft-peer.py"), command, folder, JSON.stringify(prompts)], {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      env: { ...process.env, PYTHONPATH: peft },
      stdio: ["ignore", "pipe", "inherit"],
    })
      .trim()
      .split("\n")
      .at(-1)!,
  ) as Record<string, Described>;

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

/** The loss of the first prompt after its first token, and its gradients as PEFT names them. */
function gradientsOf(policy: Policy): { loss: number; gradients: Map<string, Float32Array> } {
  const [first, ...rest] = prompts[0]!;
  const batch = policy.batch([{ prompt: [first!], response: rest }]);
  const { value, grads } = tf.variableGrads(
    () => tf.tidy(() => tf.mean(policy.tokenLogps(batch).logps).neg() as tf.Scalar),
    policy.variables,
  );
  const { lora, layers } = policy.weights.adapter!;
  const of = (variable: tf.Tensor2D) => grads[(variable as tf.Variable<tf.Rank.R2>).name] as tf.Tensor2D;
  const adapter: Adapter = {
    lora,
    layers: layers.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, { a, b }]) => [name, { a: of(a), b: of(b) }])),
    ),
  };
  const gradients = new Map<string, Float32Array>();
  unpackAdapter(
    adapter,
    policy.config,
    (module, { A, B }) => void gradients.set(`${module}.lora_A`, A).set(`${module}.lora_B`, B),
  );
  const loss = value.dataSync()[0]!;
  batch.dispose();
  tf.dispose([value, grads]);
  return { loss, gradients };
}

if (python && peft) {
  test.before(async () => void (await useBackend()));

  test("adapters that PEFT made give its logits and gradients here, and ours give the same there", async () => {
    const folder = temporaryFolder();
    const theirs = ask("make", folder);
    const left = await tensorsLeftBy(async () => {
      for (const [name, { logits, loss, gradients }] of Object.entries(theirs)) {
        // transformers wrote none
        writeFileSync(join(folder, name, "tokenizer.json"), JSON.stringify(tinyTokenizer.json));
        const policy = await model(join(folder, name), { adapter: join(folder, `${name}-adapter`) });
        const most = Math.max(...prompts.map((ids, i) => apart(lastLogits(policy, ids), logits[i]!)));
        assert.ok(most <= 1e-3, `${name}: logits differ by ${most}`);
        const own = gradientsOf(policy);
        assert.equal([...own.gradients.keys()].sort(), Object.keys(gradients).sort());
        const worst = Math.max(
          ...Object.entries(gradients).map(
            ([map, expected]) => apart(own.gradients.get(map)!, expected) / Math.max(...expected.map(Math.abs)),
          ),
        );
        console.log(
          `${name}: logits differ by ${most.toExponential(1)} at most, the loss by ` +
            `${Math.abs(own.loss - loss).toExponential(1)}, gradients by ${worst.toExponential(1)} of their largest`,
        );
        assert.ok(
          Math.abs(own.loss - loss) <= 1e-5 && worst <= 1e-4,
          `${name}: loss ${own.loss}, PyTorch's ${loss}; gradients differ by ${worst}`,
        );

        const merged = policy.merge();
        const drift = Math.max(...prompts.map((ids, i) => apart(lastLogits(merged, ids), logits[i]!)));
        assert.ok(drift <= 1e-3, `${name}, merged: logits differ by ${drift}`);
        merged.dispose();
        policy.save(join(folder, `${name}-again`));
        policy.dispose();
      }
    });
    assert.is(left, 0);
    const again = ask("answer", folder);
    for (const [name, { logits }] of Object.entries(again))
      logits.forEach((row, i) =>
        assert.ok(apart(row, theirs[name]!.logits[i]!) <= 1e-3, `${name}, saved by us and read by PEFT`),
      );
  });
}

test.run();
