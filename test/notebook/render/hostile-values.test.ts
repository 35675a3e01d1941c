import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runtimeError } from "../../../lib/notebook/kernel/engine/cell-error";
import { ownBundle } from "../../../lib/notebook/render/own-bundle";
import { render } from "../../../lib/notebook/render/render";

/** Values that fight back: each is shown by what can be shown, and none ends in an exception. */

const display = Symbol.for("Jupyter.display");
const textOf = async (value: unknown) => String((await render(value))["text/plain"]);
const throws = (what: string) => (): never => {
  throw new Error(what);
};
const hostile = new Proxy(
  {},
  {
    get: throws("get"),
    has: throws("has"),
    ownKeys: throws("ownKeys"),
    getOwnPropertyDescriptor: throws("descriptor"),
    getPrototypeOf: throws("prototype"),
  },
);

test("getters and proxies that throw", async () => {
  assert.is(
    await textOf({
      get a(): number {
        throw new Error("no");
      },
      b: 1,
    }),
    "{ a: [Getter], b: 1 }",
  );
  assert.is(await textOf(hostile), "{}");
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.is(await textOf(proxy), "<Revoked Proxy>");
  assert.is(
    await textOf([
      {
        get a(): number {
          throw new Error("no");
        },
      },
    ]),
    "[ { a: [Getter] } ]",
  );
  assert.match(await textOf({ data: hostile, layout: {} }), "data: {}");
});

test("descriptions and display methods that fail cost their own view only", async () => {
  assert.match(
    await textOf({ a: 1, [inspect.custom]: throws("no words") }),
    /a: 1[^]*\(its own description failed: no words\)/,
  );
  assert.match(
    await textOf({ a: 1, [display]: throws("no picture") }),
    /a: 1[^]*\(its display method failed: no picture\)/,
  );
  assert.match(await textOf({ a: 1, [display]: () => undefined }), /^\{\n? *a: 1/);
  assert.match(await textOf({ a: 1, [display]: () => 5 }), /its display method returned number, not a MIME bundle/);
  assert.match(await textOf({ a: 1, [display]: async () => Promise.reject(null) }), /its display method failed: null/);
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  assert.match(
    await textOf({ a: 1, [display]: () => ({ "application/json": cyclic }) }),
    /its application\/json cannot be sent: Converting circular structure/,
  );
  assert.equal(await render({ [display]: () => ({ "image/png": Buffer.from("png"), "text/plain": "p" }) }), {
    "image/png": "cG5n",
    "text/plain": "p",
  });
});

test("a display method that never settles is given up", async () => {
  const given = await ownBundle({ [display]: () => new Promise(() => undefined) }, { seconds: 0.05 });
  assert.equal(given, { data: {}, trouble: "its display method failed: it did not end within 0.05 s" });
});

test("what merely looks like a figure or a frame is shown as what it is", async () => {
  assert.is(
    await textOf({ data: ["a", "b"], layout: { columns: 2 } }),
    "{ data: [ 'a', 'b' ], layout: { columns: 2 } }",
  );
  assert.is(await textOf({ data: [{ id: 1 }], layout: { rows: 1 } }), "{ data: [ { id: 1 } ], layout: { rows: 1 } }");
  assert.is(await textOf({ data: [{ type: "person" }], layout: {} }), "{ data: [ { type: 'person' } ], layout: {} }");
  assert.is(await textOf({ columns: ["a", "b"], values: [1, 2] }), "{ columns: [ 'a', 'b' ], values: [ 1, 2 ] }");
  assert.is(await textOf({ columns: [{}], values: [] }), "{ columns: [ {} ], values: [] }");
  assert.ok("application/vnd.plotly.v1+json" in (await render({ data: [{ type: "surface", z: [[1]] }], layout: {} })));
});

test("huge, deep and cyclic values stay readable and quick", async () => {
  const from = performance.now();
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, { value: i, more: [i] }]));
  const text = await textOf(wide);
  assert.ok(text.split("\n").length <= 202, `${text.split("\n").length} lines`);
  assert.match(text, /… [\d,]+ more characters$/);
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = { deep };
  assert.match(await textOf(deep), "[Object]");
  const policy = {
    config: { layers: 2 },
    weights: Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`w${i}`, { shape: [3, 4], values: new Float32Array(5000) }]),
    ),
  };
  assert.ok((await textOf(policy)).split("\n").length <= 202);
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  assert.is(await textOf(cyclic), "<ref *1> { self: [Circular *1] }");
  assert.is((await textOf("x".repeat(2_000_000))).length, 1_000_000 + "\n… 1,000,000 more characters".length);
  assert.ok((await textOf(new Array(1e6).fill(0))).length < 1000);
  assert.ok(performance.now() - from < 15_000);
});

test("big integers, symbols, functions, private fields, and records without a prototype", async () => {
  class Vault {
    #secret = 1;
    open = 2n;
    reveal() {
      return this.#secret;
    }
  }
  assert.is(await textOf(new Vault()), "Vault { open: 2n }");
  assert.is(await textOf(Symbol("s")), "Symbol(s)");
  assert.is(await textOf(function named() {}), "[Function: named]");
  assert.is(await textOf(Object.assign(Object.create(null), { a: 1n })), "[Object: null prototype] { a: 1n }");
  assert.is(await textOf([{ n: 1n }, { n: 2n }]), "┌───┐\n│ n │\n├───┤\n│ 1 │\n│ 2 │\n└───┘");
});

test("a tensor is its shape and its numbers, also inside of others, and a disposed one says so", async () => {
  const tf = require("@tensorflow/tfjs") as typeof import("@tensorflow/tfjs");
  const tensor = tf.tensor2d([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.is(await textOf(tensor), "Tensor [2, 3] float32\n    [[1, 2, 3],\n     [4, 5, 6]]");
  assert.match(await textOf({ logits: tensor }), "Tensor [2, 3] float32");
  tensor.dispose();
  assert.is(await textOf(tensor), "Tensor [2, 3] float32, disposed: its numbers are gone");
  const variable = tf.variable(tf.scalar(3), true, "v");
  assert.match(await textOf(variable), /^Variable \[\] float32\n +3$/);
  assert.is(await textOf(tf.tensor1d(["a"], "string")), "Tensor [1] string\n    ['a']");
});

const traceOf = (thrown: unknown) =>
  runtimeError(thrown)
    .traceback.filter((line) => !/^ +at /.test(line))
    .join("\n");

test("anything can be thrown", () => {
  assert.equal(runtimeError({ code: 5 }), {
    ename: "Object",
    evalue: "{ code: 5 }",
    traceback: ["Thrown: { code: 5 }"],
  });
  assert.is(traceOf(undefined), "Thrown: undefined");
  assert.is(traceOf(Symbol("s")), "Thrown: Symbol(s)");
  assert.is(traceOf(Object.create(null)), "Thrown: [Object: null prototype] {}");
  assert.is(traceOf({ toString: throws("no") }), "Thrown: { toString: [Function (anonymous)] }");
  assert.is(traceOf(hostile), "Thrown: {}");
  assert.is(traceOf(5n), "Thrown: 5n");
  assert.is(traceOf(new Error("")), "Error");
  assert.is(traceOf(Object.defineProperty(new Error("m"), "stack", { get: throws("no stack") })), "Error: m");
  assert.is(
    traceOf(Object.defineProperty(new Error("m"), "message", { get: throws("no message") })),
    "Error: undefined",
  );
});

test("causes and gathered errors follow, and end", () => {
  assert.is(
    traceOf(new Error("a", { cause: new RangeError("b", { cause: { code: 5 } }) })),
    "Error: a\nCaused by RangeError: b\nCaused by Thrown: { code: 5 }",
  );
  assert.is(
    traceOf(new AggregateError([new Error("x"), "y"], "both")),
    "AggregateError: both\n[1 of 2] Error: x\n[2 of 2] Thrown: y",
  );
  const self = new Error("self");
  self.cause = self;
  assert.is(traceOf(self), "Error: self\nCaused by an error that was named above");
  const many = new AggregateError(
    Array.from({ length: 30 }, (_, i) => new Error(`${i}`)),
    "many",
  );
  assert.match(traceOf(many), /… and 20 more errors$/);
});

test.run();
