import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createServer } from "../../../lib/serving/http/server";
import { pageService } from "../../../lib/serving/page/page-service";
import type { PageTask } from "../../../lib/serving/page/page-task";

const pubmed: PageTask = {
  examples: [{ id: "r1", query: "does a help?", relevant: ["1", "2"], maxDate: "2020/01/31" }],
  titleOf: (id) => (id === "1" ? "A trial of a" : undefined),
};
const serving = (tasks: Record<string, () => Promise<PageTask>>, apiKey = "") =>
  createServer([pageService(tasks)], { logLevel: "silent", apiKey });

test("the page needs no key and nothing from elsewhere; its policy runs its own script alone", async () => {
  const app = await serving({}, "secret");
  const { statusCode, headers, body } = await app.inject("/");
  assert.is(statusCode, 200);
  const [, script] = /<script>([^]*?)<\/script>/.exec(body)!;
  const policy = String(headers["content-security-policy"]);
  assert.match(policy, `script-src 'sha256-${createHash("sha256").update(script!).digest("base64")}'`);
  assert.match(policy, "default-src 'none'");
  assert.not.match(policy, "unsafe");
  assert.not.match(body, /(src|href)="(https?:)?\/\//);
  assert.not.match(body, /\son\w+=|\sstyle=/); // what the policy would refuse
  assert.not.match(script!, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  assert.is((await app.inject("/page.css")).statusCode, 200);
  assert.is((await app.inject("/page/tasks")).statusCode, 401);
});

test("questions with known answers and titles are told by task", async () => {
  const app = await serving({ pubmed: async () => pubmed, ctgov: async () => ({ examples: [] }) });
  assert.equal((await app.inject("/page/tasks")).json(), {
    titled: ["pubmed"],
    examples: [{ task: "pubmed", id: "r1", query: "does a help?", relevant: ["1", "2"], max_date: "2020/01/31" }],
  });
  const titles = (task: string, ids: unknown) =>
    app.inject({ method: "POST", url: "/page/titles", payload: { task, ids } });
  assert.equal((await titles("pubmed", ["1", "2", "__proto__"])).json(), { titles: { "1": "A trial of a" } });
  for (const task of ["ctgov", "__proto__", "../x"]) assert.is((await titles(task, [])).statusCode, 404);
  assert.is((await titles("pubmed", [1])).statusCode, 400);
});

test("examples that cannot be read are an error, and are read again at the next look", async () => {
  let times = 0;
  const app = await serving({
    pubmed: async () => {
      if (++times === 1) throw new Error("no file");
      return pubmed;
    },
  });
  assert.is((await app.inject("/page/tasks")).statusCode, 500);
  assert.is((await app.inject("/page/tasks")).statusCode, 200);
  await app.inject("/page/tasks");
  assert.is(times, 2);
});

test.run();
