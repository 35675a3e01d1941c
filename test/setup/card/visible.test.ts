import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSmi } from "../../../lib/setup/native/card/nvidia-smi";
import { visibleCards } from "../../../lib/setup/native/card/visible";

const cards = [{ uuid: "GPU-aa11" }, { uuid: "GPU-bb22" }, { uuid: "GPU-bb33" }];
const visible = (value?: string) => visibleCards(cards, value)?.map((card) => cards.indexOf(card as (typeof cards)[0]));

test("CUDA_VISIBLE_DEVICES is read as CUDA reads it: a name that is none hides what follows", () => {
  assert.equal(visible(), [0, 1, 2]);
  assert.equal(visible("1"), [1]);
  assert.equal(visible("2, 0"), [2, 0]);
  assert.equal(visible("0,7,1"), [0]);
  assert.equal(visible("1,-1,2"), [1]);
  assert.equal(visible("gpu-AA"), [0]);
  assert.equal(visible("GPU-bb3,0"), [2, 0]);
  for (const none of ["", " ", "-1", "7", "NoDevFiles", "cuda:0", "1.5", "GPU-cc"])
    assert.equal(visible(none), [], none);
  assert.is(visible("MIG-aa11/1/0"), undefined);
});

test("rows of nvidia-smi are read with and without what old versions lack", () => {
  assert.equal(readSmi("580.1, 9.0, NVIDIA H200, GPU-9a\n580.1, 7.5, Tesla T4, GPU-75\n"), {
    driver: "580.1",
    cards: [
      { capability: "9.0", uuid: "GPU-9a", name: "NVIDIA H200" },
      { capability: "7.5", uuid: "GPU-75", name: "Tesla T4" },
    ],
  });
  assert.equal(readSmi("470.82, Tesla K80, GPU-1"), {
    driver: "470.82",
    cards: [{ capability: undefined, uuid: "GPU-1", name: "Tesla K80" }],
  });
  for (const text of ["", "No devices were found\n", "[N/A], [N/A]", "Field is not valid"])
    assert.is(readSmi(text), undefined);
});

test.run();
