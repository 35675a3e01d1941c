import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { trainBpe } from "../../../lib/models/tokenizers/bpe";
import { tokenizerFrom } from "../../../lib/models/tokenizers/tokenizer";
import { untrained, type Policy } from "../../../lib/models/policy";
import { fullPass } from "../../../lib/training/distillation/full-divergence";
import { remoteTeacher } from "../../../lib/training/distillation/remote-teacher";
import { localTeacher } from "../../../lib/training/distillation/teacher";
import { logpsOf } from "../../../lib/training/measuring/rows-of-batches";
import { close, numbers, tensorsLeftBy, tinyConfig, tinyPolicy, tinyTokenizer } from "../../fixtures";
import { serving, type Reply, type Seen } from "../../models/remote/service";
import { promptScores } from "./teacher-server";

test.before(async () => void (await useBackend("wasm")));

const sequences = [
  { prompt: tinyTokenizer.encode("the cat"), response: tinyTokenizer.encode(" sat on a hat") },
  { prompt: tinyTokenizer.encode("the"), response: [tinyTokenizer.eos] },
];
const options = { temperature: 1, microBatch: 0 };
const body = (policy: Policy) => (asked: Seen) => ({
  json: promptScores(policy, asked.body as unknown as { prompt: number[] }),
});

test("a local teacher's scores are its own log-probabilities; it keeps its weights and leaves no tensor", async () => {
  const [student, teacher] = [tinyPolicy(1), tinyPolicy(2)];
  const before = teacher.variables.map((variable) => [...variable.dataSync()]);
  const left = await tensorsLeftBy(async () => {
    const scores = await localTeacher(teacher).score(sequences, student, options);
    assert.equal(scores, logpsOf(teacher, sequences, options));
  });
  assert.is(left, 0);
  assert.equal(
    teacher.variables.map((variable) => [...variable.dataSync()]),
    before,
  );
});

for (const scores of ["prompt_logprobs", "echo"] as const)
  test(`a teacher behind a server that tells ${scores} gives the scores of the same model here`, async () => {
    const [student, teacher] = [tinyPolicy(1), tinyPolicy(2)];
    await serving(body(teacher), async (url, { seen }) => {
      const remote = remoteTeacher(`${url}/`, "big", { scores, apiKey: "k" });
      const rows = await remote.score(sequences, student, options);
      const known = logpsOf(teacher, sequences, options);
      close(rows[0]!, known[0]!);
      close(rows[1]!, [known[1]![0]!, ...rows[1]!.slice(1).map(() => 0)]); // one token, then nothing
      assert.is(seen[0]!.path, "/v1/completions");
      assert.is(seen[0]!.headers.authorization, "Bearer k");
      assert.equal((seen[0]!.body as { prompt: number[] }).prompt, [
        ...sequences[0]!.prompt,
        ...sequences[0]!.response,
      ]);
    });
  });

/** The same vocabulary size with other merges. */
const otherTokenizer = tokenizerFrom(trainBpe(["nobody knows what nobody knows, no more and no less"], 300));

test("unequal tokenizers are refused with both names and the first token that differs", async () => {
  const student = tinyPolicy(1);
  const other = { ...untrained(tinyConfig, otherTokenizer, 2), name: "other" };
  assert.throws(
    () => localTeacher(other).expectFits(student),
    /student untrained and the teacher other have different tokenizers: token \d+ is ".*" in untrained and ".*" in o/,
  );
  await serving(body(other), async (url) => {
    const error = await remoteTeacher(url, "other")
      .score(sequences, student, options)
      .catch((thrown: Error) => thrown);
    assert.match(
      (error as Error).message,
      /student untrained and the teacher other at .* token \d+ is ".*" to the student/,
    );
  });
  localTeacher(tinyPolicy(2)).expectFits(student);
  assert.throws(() => localTeacher(student).expectFits(student), /is the student and the teacher/);
});

test("a server without prompt log-probabilities is an outage by name, a refusal is the caller's error", async () => {
  const student = tinyPolicy(1);
  const failing = async (reply: Reply) => {
    let error: Error | undefined;
    await serving(
      () => reply,
      async (url) => {
        error = (await remoteTeacher(url, "m", { attempts: 1 })
          .score(sequences, student, options)
          .catch((thrown: Error) => thrown)) as Error;
      },
    );
    return error!;
  };
  const without = await failing({ json: { choices: [{ text: "x" }] } });
  assert.equal([without.name, /no log-probabilities of the prompt/.test(without.message)], ["SearchUnavailable", true]);
  const refused = await failing({ status: 400, json: { error: "prompt must be a string" } });
  assert.equal([refused.name, /HTTP 400.*prompt must be a string/.test(refused.message)], ["TypeError", true]);
});

test("the full pass has the figures of the usual one, and a divergence of 0 from itself", async () => {
  const [student, teacher] = [tinyPolicy(1), tinyPolicy(2)];
  const left = await tensorsLeftBy(() => {
    for (const temperature of [1, 0.7]) {
      const batch = student.batch(sequences);
      const usual = student.tokenLogps(batch, temperature);
      const full = fullPass(student, teacher, batch, temperature, {});
      const itself = fullPass(student, student.freeze(), batch, temperature, {});
      const inside = (tensor: tf.Tensor) => numbers(tensor.mul(batch.responseMask));
      close(inside(full.logps), inside(usual.logps), { rtol: 1e-4, atol: 1e-5 });
      close(inside(full.entropy), inside(usual.entropy), { rtol: 1e-4, atol: 1e-5 });
      close(inside(itself.divergence), numbers(tf.zerosLike(batch.responseMask)), { atol: 1e-6 });
      assert.ok(numbers(tf.min(full.divergence))[0]! > 0);
      batch.dispose();
      tf.dispose([usual, full, itself] as unknown as tf.TensorContainer);
    }
  });
  assert.ok(left >= 0);
});

test.run();
