import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Backend } from "../../../lib/backend/choose";
import { computingSettings, findingsOf } from "../../../lib/backend/doctor/findings";
import type { CardReport } from "../../../lib/backend/native/no-card";

const wasm: Backend = { name: "wasm", device: "cpu", version: "1", why: ["native: it has not been built."] };
const native: Backend = { name: "native", device: "cpu", version: "2", vectors: "avx2", why: [] };
const card: Backend = { name: "native", device: "gpu", version: "2", precision: "tf32", why: [] };
const none: CardReport = { files: [], problem: { kind: "noDriver", what: "no driver was found", fix: "install it" } };
const old: CardReport = {
  files: ["/dev/nvidiactl"],
  problem: { kind: "driver", what: "it is too old", fix: "update it" },
};
const hidden: CardReport = { ...old, problem: { kind: "hidden", what: "it is hidden", fix: "unset it" } };
const there: CardReport = { files: [], driver: { cards: [{ name: "H200", capability: "9.0" }] } };

const told = (...given: Parameters<typeof findingsOf>) =>
  findingsOf(...given).map(({ what, ok }) => [what, ok] as const);
const isRight = (...given: Parameters<typeof findingsOf>) => findingsOf(...given).every(({ ok }) => ok);

test("what computes is told with its device, and a card with its precision", () => {
  assert.equal(told(native, none, {})[0], ["native (2) computes on the processor, by avx2 vectors", true]);
  assert.equal(told(card, there, {})[0], ["native (2) computes on the card, in tf32", true]);
  assert.equal(told(card, there, {}).at(-1), [
    "the last of the visible cards is used: H200 (compute capability 9.0)",
    true,
  ]);
});

test("a card that is asked for is right only where it computes", () => {
  for (const report of [none, old, hidden, there, undefined]) {
    assert.not(isRight(native, report, { DEEPRETRIEVAL_NATIVE: "cuda" }));
    assert.ok(isRight(card, report, { DEEPRETRIEVAL_NATIVE: "cuda" }));
    for (const choice of ["cpu", "off"]) assert.ok(isRight(native, report, { DEEPRETRIEVAL_NATIVE: choice }));
  }
});

test("a card that nobody asks for is missed where there is one, and not where there is none or it is hidden", () => {
  assert.ok(isRight(native, none, {}));
  assert.ok(isRight(native, hidden, {}));
  assert.ok(isRight(native, undefined, {}));
  assert.not(isRight(native, old, {}));
  const [finding] = findingsOf(native, there, {}).filter(({ ok }) => !ok);
  assert.is(finding!.what, "H200 (compute capability 9.0) is not used: what set-up has built is not for cards");
  assert.match(finding!.fix!, /node lib\/setup\/main\.js/);
});

test("a reason that TensorFlow gives at its start is told once", () => {
  const noCard = "the card does not start (out of memory). See with nvidia-smi what else holds its memory";
  const failed = { ...native, noCard, why: [`native: TensorFlow finds none: ${noCard}. The processor computes.`] };
  assert.equal(
    told(failed, there, {}).filter(([what]) => what.includes("out of memory")),
    [[`no card is used: ${noCard}`, false]],
  );
});

test("a slower backend is right only where it is asked for, and one that fails is told, not thrown", () => {
  assert.not(isRight(wasm, none, {}));
  assert.ok(isRight(wasm, none, { DEEPRETRIEVAL_BACKEND: "wasm" }));
  assert.ok(isRight(wasm, none, { DEEPRETRIEVAL_NATIVE: "off" }));
  assert.equal(told(new Error('DEEPRETRIEVAL_NATIVE is "gpu", which is none.'), none, {})[0], [
    'nothing computes: DEEPRETRIEVAL_NATIVE is "gpu", which is none',
    false,
  ]);
});

test("the settings are those that choose what computes, with their values", () => {
  const set = computingSettings({
    HOME: "/root",
    DEEPRETRIEVAL_NATIVE: "cuda",
    CUDA_VISIBLE_DEVICES: "",
    HF_TOKEN: "x",
  });
  assert.equal(set, { CUDA_VISIBLE_DEVICES: "", DEEPRETRIEVAL_NATIVE: "cuda" });
  assert.equal(told(native, none, set).slice(-2), [
    ['CUDA_VISIBLE_DEVICES is ""', true],
    ['DEEPRETRIEVAL_NATIVE is "cuda"', true],
  ]);
});

test.run();
