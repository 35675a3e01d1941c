import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { rooms } from "../../../lib/backend/cuda/device/rooms";
import { cardOfFakes, type FakeCard } from "./card-of-fakes";

// The start of a card, with a driver and an NVRTC that are none: the addon's own files, compiled for this test.
let card: FakeCard;
const linux = suite("on Linux");
linux.before(() => void (card = cardOfFakes()));
linux.after(() => card.dispose());
linux.before.each(() => rmSync(join(card.cache, "cubin"), { recursive: true, force: true }));

const isElsewhere = process.platform !== "linux";
const kept = (): string[] => readdirSync(join(card.cache, "cubin")).sort();
const all = rooms.length;

linux("all rooms are compiled for the card that is there, once: the next process reads the cache", () => {
  const first = card.look();
  assert.equal([first.capability, first.refusals.size, first.compiled], ["90", 0, all]);
  assert.is(kept().length, all);
  assert.ok(kept().every((name) => name.endsWith("-sm_90.cubin")));
  assert.is(card.look().compiled, 0);
  assert.is(card.look({ FAKE_MAJOR: "7", FAKE_MINOR: "5" }).compiled, all); // another card
});

linux(
  "a room that does not compile is refused with the compiler's first error, the others run, and neither is tried again",
  () => {
    const refuses = { FAKE_REFUSES: ",attention,tiledAttention," };
    for (const compiled of [all, 0]) {
      const looked = card.look(refuses);
      assert.equal([...looked.refusals.keys()].sort(), ["attention", "tiledAttention"]);
      for (const reason of looked.refusals.values()) assert.is(reason, "error: no such feature");
      assert.is(looked.compiled, compiled);
      assert.is(looked.failure, undefined);
    }
  },
);

linux("a card that is newer than the compiler gets PTX of the newest architecture that both know", () => {
  const looked = card.look({ FAKE_MAJOR: "13", FAKE_MINOR: "1" });
  assert.equal([looked.capability, looked.refusals.size], ["131", 0]);
  const code = readFileSync(join(card.cache, "cubin", kept()[0]!), "utf8");
  assert.match(code, /^PTX .*--gpu-architecture=compute_90$/);
  assert.is(card.look({ FAKE_MAJOR: "8", FAKE_MINOR: "9" }).refusals.size, 0); // between 7.5 and 9.0
});

linux("a card that is older than all that the compiler knows is refused with its version", () => {
  const { refusals } = card.look({ FAKE_MAJOR: "5" });
  assert.is(refusals.size, all);
  assert.match([...refusals.values()][0]!, /^NVRTC 12\.9 compiles for no card as old as this$/);
});

linux("machine code of the cache that is cut off is compiled again, and replaced", () => {
  card.look();
  for (const name of kept().slice(0, 2)) writeFileSync(join(card.cache, "cubin", name), "COD");
  const looked = card.look();
  assert.equal([looked.refusals.size, looked.compiled], [0, 2]);
  assert.is(card.look().compiled, 0);
});

linux("a compiler that is missing, cut off, or another library is said by name, with the reason", () => {
  const library = join(card.folder, "libnvrtc.so.12");
  renameSync(library, `${library}.away`);
  try {
    const reason = () => [...card.look().refusals.values()][0]!;
    assert.match(reason(), /^libnvrtc\.so\.12 is not to be found \(libnvrtc\.so\.12: cannot open shared object file/);
    writeFileSync(library, "no library");
    assert.match(reason(), /^libnvrtc\.so\.12 is not to be found \(.*(too short|invalid ELF)/);
    writeFileSync(library, "");
    rmSync(library);
  } finally {
    renameSync(`${library}.away`, library);
  }
  assert.is(card.look().refusals.size, 0); // what failed for want of a compiler is not kept
});

linux("a card that is full is told from one that is lost", () => {
  assert.match(card.look({ FAKE_ALLOCATE: "2" }).failure!, /^the card has no room for 5 MB more/);
  assert.match(card.look({ FAKE_ALLOCATE: "700" }).failure!, /^the card failed: cuMemAlloc gave CUDA_ERROR_OTHER\./);
  assert.match(card.look({ FAKE_CONTEXT: "201" }).failure!, /^the card failed: cuCtxGetDevice gave/);
});

test("there is a card's start to test only where TensorFlow has CUDA: on Linux", () => {
  assert.is(process.platform === "linux", !isElsewhere);
});

if (!isElsewhere) linux.run();
test.run();
