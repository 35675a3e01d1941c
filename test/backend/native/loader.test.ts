import { test } from "uvu";
import * as assert from "uvu/assert";
import { explain, native } from "../../../lib/backend/native/loader";

test("an addon that was never built is said to be missing, with what to do", () => {
  const missing = new Error(
    "The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \nPlease run",
  );
  assert.match(explain(missing), /has not been built\. Run `npm start`.*about ten times faster/);
  const absent = Object.assign(new Error("Cannot find module '@tensorflow/tfjs-node-gpu'"), {
    code: "MODULE_NOT_FOUND",
  });
  assert.match(explain(absent), /has not been built/);
});

test("an addon that does not load, and a package that lacks a part, name the cause", () => {
  const unlinked = Object.assign(new Error("libtensorflow_cc.so.2: cannot open"), { code: "ERR_DLOPEN_FAILED" });
  assert.match(explain(unlinked), /does not load \(libtensorflow_cc\.so\.2: cannot open\)/);
  const part = Object.assign(new Error("Cannot find module '@mapbox/node-pre-gyp'"), { code: "MODULE_NOT_FOUND" });
  assert.match(explain(part), /@mapbox\/node-pre-gyp.*npm ci/);
});

test("DEEPRETRIEVAL_NATIVE=off keeps it from loading", async () => {
  const before = process.env["DEEPRETRIEVAL_NATIVE"];
  process.env["DEEPRETRIEVAL_NATIVE"] = "off";
  try {
    const failure = await native.load().then(
      () => "loaded",
      (error: Error) => error.message,
    );
    assert.match(failure, /DEEPRETRIEVAL_NATIVE=off forbids it/);
  } finally {
    if (before === undefined) delete process.env["DEEPRETRIEVAL_NATIVE"];
    else process.env["DEEPRETRIEVAL_NATIVE"] = before;
  }
});

test.run();
