import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readArray } from "../../../../lib/models/checkpoints/array-source";
import { writeSafetensors } from "../../../../lib/models/checkpoints/safetensors/safetensors";
import { indexFile, openFolder, weightsFile } from "../../../../lib/models/checkpoints/safetensors/sharded";
import { temporaryFolder } from "../../../fixtures";

const array = (...numbers: number[]) => ({ shape: [numbers.length], data: Float32Array.from(numbers) });
const [one, two] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

/** A checkpoint of arrays a, b and c in two shards, its index changed by `change`. */
function shards(change: (map: Record<string, unknown>) => unknown = (map) => map): string {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, one), { a: array(1, 2) });
  writeSafetensors(join(folder, two), { b: array(3), c: array(4) }, "BF16");
  writeFileSync(
    join(folder, indexFile),
    JSON.stringify({ metadata: { total_size: 12 }, weight_map: change({ a: one, b: two, c: two }) }),
  );
  return folder;
}

const refused = (folder: string, file: string, pattern: RegExp) =>
  assert.throws(
    () => openFolder(folder),
    (error: Error) =>
      error.name === "CorruptData" && error.message.startsWith(join(folder, file)) && pattern.test(error.message),
    `${file} ${pattern}`,
  );

test("arrays are found in the shards that hold them", () => {
  const source = openFolder(shards());
  assert.equal(
    source.names.map((name) => [name, ...readArray(source, name).data]),
    [
      ["a", 1, 2],
      ["b", 3],
      ["c", 4],
    ],
  );
  assert.equal([source.shapeOf("a"), source.shapeOf("d"), source.shapeOf("toString")], [[2], undefined, undefined]);
  source.close();
});

test("one whole file is preferred to an index", () => {
  const folder = shards();
  writeSafetensors(join(folder, weightsFile), { a: array(9) });
  const source = openFolder(folder);
  assert.equal([...readArray(source, "a").data], [9]);
  source.close();
});

test("an array is found whatever the index says, and what the index alone has is not there", () => {
  const source = openFolder(shards((map) => ({ ...map, b: one, "model.rotary_emb.inv_freq": two, a: undefined })));
  assert.equal([...source.names].sort(), ["a", "b", "c"]);
  assert.equal([...readArray(source, "b").data, ...readArray(source, "a").data], [3, 1, 2]);
  assert.is(source.shapeOf("model.rotary_emb.inv_freq"), undefined);
  source.close();
});

test("a shard that is absent or truncated is refused by name", () => {
  const absent = shards();
  rmSync(join(absent, two));
  refused(absent, two, /ENOENT/);
  const cut = shards();
  writeFileSync(join(cut, two), readFileSync(join(cut, two)).subarray(0, -1));
  refused(cut, two, /c ends at byte \d+, the file has \d+: it is truncated/);
});

test("an index that is no JSON, has no map, or leads out of its folder is refused", () => {
  const broken = shards();
  writeFileSync(join(broken, indexFile), "{");
  refused(broken, indexFile, /JSON/);
  for (const map of [undefined, null, "x"])
    refused(
      shards(() => map),
      indexFile,
      /there is no weight_map/,
    );
  for (const shard of ["../other.safetensors", "/etc/passwd", 7, "model.bin"])
    refused(
      shards((map) => ({ ...map, a: shard })),
      indexFile,
      /a is in .*a shard is a \.safetensors file of the same folder/,
    );
});

test.run();
