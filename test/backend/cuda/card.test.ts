import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { composed } from "../../../lib/backend/composed/kernels";
import { lookAt, shortcomings, type Card } from "../../../lib/backend/cuda/device/card";
import { rooms, tensorCoreRooms } from "../../../lib/backend/cuda/device/rooms";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { missedOnProcessor, nativeChoice } from "../../../lib/backend/native/choice";
import { growthOf } from "../../../lib/backend/native/growth";
import { holdCudaTo, wantedPrecision } from "../../../lib/backend/native/precision";
import type { Operations } from "../../../lib/backend/native/operations";
import { projectPath } from "../../../lib/data/paths";
import { kernelSources, rooms as filesOf } from "../../../lib/setup/native/kernel-sources";
import { tf } from "../../../lib/backend/tf";

/** Operations whose report on the card is these numbers. */
const reporting = (numbers: readonly number[]): Operations => ({
  run: (name) => (assert.is(name, "DecoderCard"), [tf.tensor1d([...numbers], "int32")]),
});
const calls = (call: () => void): boolean => (call(), true);

test("a report names the card's capability and the rooms whose kernels did not compile", () => {
  const card = lookAt(reporting([75, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0]), calls) as Card;
  assert.is(card.capability, "7.5");
  assert.equal(card.refused, ["attention", ...tensorCoreRooms, "choice"]);
  assert.match(
    shortcomings(card)[0]!,
    /kernels of attention did not compile for compute capability 7\.5.*TF\.js operations take/,
  );
  assert.match(shortcomings(card)[1]!, /tiledAttention did not.*Kernels without tensor cores take their place/);
  assert.is(shortcomings(card).length, 6);
});

test("an addon without the operations, and a card that does not start, are said in one sentence", () => {
  assert.match(lookAt(reporting([]), () => false) as string, /the compiler refused them/);
  const dead: Operations = {
    run: () => {
      throw new Error("libnvrtc.so.12 is not to be found");
    },
  };
  const words = lookAt(dead, calls);
  assert.is(words, "our CUDA operations do not start: libnvrtc.so.12 is not to be found");
  assert.match(
    shortcomings(words)[0]!,
    /^native: our CUDA operations do not start.*TF\.js operations take their place/,
  );
});

test("an addon of other sources than these, whose report has other rooms, is not used", () => {
  for (const report of [[90], [90, 1, 1], [90, ...rooms.map(() => 1), 1]])
    assert.match(lookAt(reporting(report), calls) as string, /built from other sources.*node lib\/setup\/main\.js/);
});

test("a compiler that is missing, which refuses every room, is said in one line", () => {
  const none = lookAt(reporting([90, ...rooms.map(() => 0)]), calls);
  assert.is(none, "none of our CUDA kernels compiled for compute capability 9.0 (the reason is on stderr)");
  assert.equal(shortcomings(none), [`native: ${none}. TF.js operations take their place, 3 to 5 times slower.`]);
});

test("what needs a refused room is composed of TF.js operations, and the rest is not", () => {
  const all = cuda(reporting([]));
  assert.ok(all.layers && all.decodeStep);
  const partly = cuda(reporting([]), ["attention"]);
  assert.is(partly.layers, undefined);
  assert.is(partly.causalAttention, composed.causalAttention);
  assert.is(partly.attentionMask, composed.attentionMask);
  assert.is.not(partly.rmsNorm, composed.rmsNorm);
  assert.is(cuda(reporting([]), rooms).adam, composed.adam);
});

test("every room has its kernels in kernel-names.h, its files in the addon, and the same place in the report", () => {
  const names = readFileSync(projectPath("lib/backend/cuda/device/kernel-names.h"), "utf8");
  const listed = [...names.matchAll(/ROOM\((\w+),/g)].map(([, room]) => room);
  assert.equal(listed, [...rooms]);
  assert.equal(Object.keys(filesOf).sort(), [...rooms].sort());
  const source = kernelSources(projectPath("lib/backend"));
  for (const [, kernel] of names.matchAll(/K\((\w+)\)/g))
    assert.match(
      source,
      new RegExp(`\\b${kernel!.replace(/(Exact|Coarse|(?<=attention|Gradient)Half)?\d+(x\d+)?$/, "")}(##\\w+)*\\(`),
      kernel,
    );
});

test("the precision is f32 unless another is named, and a name that is none is refused", () => {
  assert.is(wantedPrecision({}), "f32");
  assert.is(wantedPrecision({ DEEPRETRIEVAL_PRECISION: "tf32" }), "tf32");
  assert.is(wantedPrecision({ DEEPRETRIEVAL_PRECISION: "" }), "f32");
  for (const wrong of ["fp16", "F32", "TF32", "bf16 ", "float32", " "])
    assert.throws(
      () => wantedPrecision({ DEEPRETRIEVAL_PRECISION: wrong }),
      new RegExp(`"${wrong}", which is no precision.*f32, tf32, bf16`),
    );
  const [exact, fast]: NodeJS.ProcessEnv[] = [{}, {}];
  holdCudaTo("f32", exact);
  holdCudaTo("tf32", fast);
  assert.is(exact!["NVIDIA_TF32_OVERRIDE"], "0");
  assert.is(fast!["NVIDIA_TF32_OVERRIDE"], undefined);
  // a process that inherits the variable from one with another precision, or from a user who set it
  for (const [precision, given, held, told] of [
    ["tf32", "0", undefined, 0],
    ["bf16", "0", undefined, 0],
    ["tf32", "1", "1", 0],
    ["f32", "1", "0", 1],
    ["f32", "", "0", 0],
  ] as const) {
    const env: NodeJS.ProcessEnv = { NVIDIA_TF32_OVERRIDE: given };
    const why = holdCudaTo(precision, env);
    assert.is(env["NVIDIA_TF32_OVERRIDE"], held, `${precision} ${given}`);
    assert.is(why.length, told);
    if (told) assert.match(why[0]!, /NVIDIA_TF32_OVERRIDE=1 is not followed.*DEEPRETRIEVAL_PRECISION=tf32/);
  }
});

test("TensorFlow's memory grows as needed, unless the user says in its words that it does not", () => {
  for (const unset of [undefined, "", " "]) assert.equal(growthOf(unset), { value: "true", why: [] });
  for (const value of ["true", "false"]) assert.equal(growthOf(value), { value, why: [] });
  for (const odd of ["1", "yes", "TRUE", "0"]) {
    const { value, why } = growthOf(odd);
    assert.is(value, "true");
    assert.match(why[0]!, new RegExp(`ALLOW_GROWTH is "${odd}", which is neither "true" nor "false"`));
  }
});

test("DEEPRETRIEVAL_NATIVE is one of three names, and settings for a card are said to be missed on a processor", () => {
  assert.is(nativeChoice({}), undefined);
  for (const choice of ["cuda", "cpu", "off"]) assert.is(nativeChoice({ DEEPRETRIEVAL_NATIVE: choice }), choice);
  for (const wrong of ["gpu", "CUDA", "cuda ", " ", "cuda:0", "1"])
    assert.throws(
      () => nativeChoice({ DEEPRETRIEVAL_NATIVE: wrong }),
      new RegExp(`DEEPRETRIEVAL_NATIVE is "${wrong}", which is none of cuda, cpu, off`),
    );
  assert.is(nativeChoice({ DEEPRETRIEVAL_NATIVE: "" }), undefined);
  assert.equal(missedOnProcessor({ DEEPRETRIEVAL_PRECISION: "f32", DEEPRETRIEVAL_NATIVE: "cpu" }), []);
  const [card, precision] = missedOnProcessor({ DEEPRETRIEVAL_PRECISION: "tf32", DEEPRETRIEVAL_NATIVE: "cuda" });
  assert.match(card!, /asks for a card, and TensorFlow finds none/);
  assert.equal(missedOnProcessor({}, "no driver was found. Install it"), [
    "native: TensorFlow finds none: no driver was found. Install it. The processor computes.",
  ]);
  assert.match(precision!, /PRECISION=tf32 is for cards\. The processor computes in float32\./);
});

test.run();
