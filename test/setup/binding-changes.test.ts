import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectPath } from "../../lib/data/paths";
import { changeBinding } from "../../lib/setup/native/binding-changes";

let folder = "";
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "binding-"));
  cpSync(projectPath("node_modules/@tensorflow/tfjs-node-gpu/binding"), folder, { recursive: true });
});
test.after.each(() => rmSync(folder, { recursive: true }));

test("a TensorFlow that does not start is thrown with its words before anything asks for its devices", () => {
  changeBinding(folder);
  const text = readFileSync(join(folder, "tfjs_backend.cc"), "utf8");
  const [start] = text.split("TFE_ContextListDevices(tfe_context_");
  assert.match(start!, /"TensorFlow does not start: %s", TF_Message\(tf_status\.status\)\);\n.*\n {4}return;/);
  assert.match(
    start!,
    /== "-1"\)\n {4}TFE_ContextOptionsSetConfig\(tfe_options, "\\x0a\\x07\\x0a\\x03GPU\\x10\\x00", 9,/,
  );
});

test("a package of another version, whose file is not as expected, is refused in words", () => {
  writeFileSync(join(folder, "tfjs_backend.cc"), "int main();");
  assert.throws(
    () => changeBinding(folder),
    /did not compile \(tfjs_backend\.cc is not that of tfjs-node-gpu 4\.22\.0\)/,
  );
});

test.run();
