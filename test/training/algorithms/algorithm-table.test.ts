import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { algorithmsMarkdown, algorithmTable } from "../../../lib/training/algorithms/algorithm-table";
import { everyAlgorithm } from "../../../lib/training/algorithms/every-algorithm";
import type { PolicyLossOptions } from "../../../lib/training/losses/policy-loss-input";
import { numbers } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const folder = join(__dirname, "../../../lib/training/algorithms");
const rowOf = (call: string) => algorithmTable().find(({ algorithm }) => algorithm === call)!;

test("every algorithm of the folder is in the table", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const makers = files.filter((file) =>
    /^export function (ppoAlgorithm|\w+)\([^]*? = (groupSettings<|settings\("ppoAlgorithm")/m.test(
      readFileSync(join(folder, file), "utf8"),
    ),
  );
  const names = new Set(everyAlgorithm.map(({ make }) => make("verl").name));
  assert.is(names.size, makers.length, `${makers.join()} make ${[...names].join()}`);
});

test("a row says what a profile changes", () => {
  const { trl, deepretrieval, openrlhf, needs, server } = rowOf("grpo()");
  assert.is(needs, "8 responses, a reference policy");
  assert.is(trl, "dualClip none, ratioBound none, klBounds none/none, groupEpsilon 0.0001");
  assert.match(deepretrieval, "kl k1 in the reward");
  assert.match(openrlhf, "groupEpsilon 1e-9");
  assert.is(server, "yes");
  assert.is(rowOf("gpg()").trl, "the same");
  assert.match(rowOf("ppoAlgorithm()").server, /^no: it trains a critic/);
  assert.match(rowOf("distillation(teacher)").server, /^no: it reads the probabilities of a teacher/);
  assert.match(rowOf("remax()").needs, "a greedy response");
});

test("a setting is in the table where the loss depends on it, and is not where it does not", () => {
  const probe = (name: string, other: PolicyLossOptions): void => {
    for (const { call, make } of everyAlgorithm) {
      const { loss, lossOptions, teacher } = make("verl");
      if (teacher) continue; // its clip is 1 and none: no ratio reaches it
      const at = (options: PolicyLossOptions) =>
        [1, -1].map((advantage) =>
          tf.tidy(() => {
            const rows = [-0.1, -0.1, -2, -0.05];
            const old = [-0.3, -0.2, -30, -4];
            const [logps, oldLogps] = [rows, old].map((row) => tf.tensor2d([row])) as [tf.Tensor2D, tf.Tensor2D];
            const advantages = tf.tensor2d([[2, 1, 1, 0.5].map((value) => value * advantage)]);
            return numbers(loss({ logps, oldLogps, advantages, mask: tf.onesLike(logps) }, options).loss)[0]!;
          }),
        );
      const changes = String(at(lossOptions)) !== String(at({ ...lossOptions, ...other }));
      assert.is(rowOf(call).verlProfile.includes(`${name} `), changes, `${call}: ${name}`);
    }
  };
  probe("clip", { clip: 0.001, clipHigh: 0.001 });
  probe("ratioBound", { ratioBound: 0.05 });
  probe("dualClip", { dualClip: 1.01 });
});

test("the page of the folder is what the records say; WRITE_PAGES=1 writes it", () => {
  const page = join(folder, "README.md");
  if (process.env["WRITE_PAGES"]) writeFileSync(page, algorithmsMarkdown());
  const plain = (text: string) => text.replace(/ +/g, " ").replace(/-{4,}/g, "---"); // a formatter aligns tables
  assert.is(plain(readFileSync(page, "utf8")), plain(algorithmsMarkdown()));
});

test.run();
