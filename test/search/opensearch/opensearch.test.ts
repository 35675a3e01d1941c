import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildOpenSearch, type OpenSearchBuildOptions } from "../../../lib/search/opensearch/build";
import { openSearch, type openSearchDefaults } from "../../../lib/search/opensearch/opensearch";

/** What OpenSearch 2.19.1 answered, shortened by fields that nobody reads. */
const recorded = {
  created: '{"acknowledged":true,"shards_acknowledged":true,"index":"t1"}',
  exists:
    '{"error":{"type":"resource_already_exists_exception","reason":"index [t1/2W2nQ] already exists"},"status":400}',
  badName:
    '{"error":{"type":"invalid_index_name_exception","reason":"Invalid index name [BAD], ' +
    'must be lowercase"},"status":400}',
  acknowledged: '{"acknowledged":true}',
  found:
    '{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},' +
    '"hits":{"total":{"value":2,"relation":"eq"},"max_score":null,"hits":[{"_index":"t1","_id":"a",' +
    '"_score":0.48307946,"sort":[0.48307946,"a"]},{"_index":"t1","_id":"b","_score":0.48307946,' +
    '"sort":[0.48307946,"b"]}]},"status":200}',
  nothing:
    '{"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},' +
    '"hits":{"total":{"value":0,"relation":"eq"},"max_score":null,"hits":[]},"status":200}',
  tooMany:
    '{"error":{"root_cause":[{"type":"query_shard_exception","reason":"failed to create query: ' +
    'maxClauseCount is set to 1024","index":"t1"}],"type":"search_phase_execution_exception","reason":"all ' +
    'shards failed"},"status":400}',
  noIndex:
    '{"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index ' +
    '[nope]"}],"type":"index_not_found_exception","reason":"no such index [nope]"},"status":404}',
  rejected:
    '{"error":{"root_cause":[],"type":"search_phase_execution_exception","reason":"all shards failed"},"status":503}',
  shardFailed:
    '{"took":3,"timed_out":false,"_shards":{"total":2,"successful":1,"skipped":0,"failed":1},' +
    '"hits":{"total":{"value":2,"relation":"eq"},"hits":[]},"status":200}',
} as const;
const responses = (...each: string[]) => `{"took":4,"responses":[${each.join(",")}]}`;
const items = (...each: [id: string, result: string, status: number, error?: object | undefined][]) =>
  JSON.stringify({
    errors: false,
    items: each.map(([_id, result, status, error]) => ({ index: { _id, result, status, ...(error && { error }) } })),
  });

type Reply = readonly [status: number, body: string];
interface Seen {
  readonly call: string; // "PUT /t1"
  readonly body: string;
}

/** A server that gives `replies` in turn, for the time of `work`. */
async function serving<T>(replies: readonly Reply[], work: (url: string, seen: Seen[]) => Promise<T>): Promise<T> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request
      .on("data", (piece) => (body += piece))
      .on("end", () => {
        const [status, reply] = replies[Math.min(seen.length, replies.length - 1)]!;
        seen.push({ call: `${request.method} ${request.url}`, body });
        response.writeHead(status, { "content-type": "application/json" });
        response.end(reply);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );
const search = (reply: Reply, options: Partial<typeof openSearchDefaults> = {}) =>
  serving([reply], (url) => openSearch(url, "t1", options).search("cat", 10));
const two = [
  { id: "b", contents: "The cats sat" },
  { id: "a", contents: "the cats sat" },
];
const build = async (url: string, options?: OpenSearchBuildOptions) => {
  const steps: number[] = [];
  for await (const { documents } of buildOpenSearch(two, url, "t1", options)) steps.push(documents);
  return steps;
};

test("hits come with their scores and the number of matches", async () => {
  assert.equal(await search([200, responses(recorded.found)]), {
    hits: [
      { docId: "a", score: 0.48307946 },
      { docId: "b", score: 0.48307946 },
    ],
    total: 2,
    warnings: [],
  });
});

test("queries go in batches, ties ordered by id, statistics of all shards gathered", async () => {
  const seen = await serving(
    [
      [200, responses(recorded.found, recorded.nothing)],
      [200, responses(recorded.nothing)],
    ],
    async (url, seen) => {
      const results = await openSearch(url, "t 1", { batch: 2, inFlight: 1 }).searchAll(["cat", 'a "b"', "c"], 7);
      assert.equal(
        results.map(({ total }) => total),
        [2, 0, 0],
      );
      return seen;
    },
  );
  assert.equal(
    seen.map(({ call }) => call),
    ["POST /t%201/_msearch?search_type=dfs_query_then_fetch", "POST /t%201/_msearch?search_type=dfs_query_then_fetch"],
  );
  assert.equal(
    seen[0]!.body
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
    [
      {},
      { query: { match: { contents: { query: "cat" } } }, size: 7, sort: ["_score", { id: "asc" }], _source: false },
      {},
      { query: { match: { contents: { query: 'a "b"' } } }, size: 7, sort: ["_score", { id: "asc" }], _source: false },
    ],
  );
});

test("nothing found, and a query that cannot be run, are results with a warning", async () => {
  assert.equal(await search([200, responses(recorded.nothing)]), {
    hits: [],
    total: 0,
    warnings: ["no word of the query is in any document"],
  });
  assert.equal((await search([200, responses(recorded.tooMany)])).warnings, [
    "the engine cannot run the query: failed to create query: maxClauseCount is set to 1024",
  ]);
});

test("an outage, or half of one, is never a result", async () => {
  const outages: Reply[] = [
    [503, "{}"],
    [200, responses(recorded.rejected)],
    [200, responses(recorded.shardFailed)],
    [200, responses(recorded.found.replace('"timed_out":false', '"timed_out":true'))],
    [200, responses()],
    [200, "<html>"],
    [200, "{}"],
    [400, recorded.badName],
    [401, "{}"],
  ];
  for (const reply of outages)
    assert.is((await rejection(search(reply, { attempts: 1 }))).name, "SearchUnavailable", String(reply));
});

const blocked = {
  type: "cluster_block_exception",
  reason: "index [t1] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];",
};

test("a reply of 200 with a fault that may pass is repeated: 429, 5xx, a block, failed shards", async () => {
  const passing = [
    recorded.rejected,
    recorded.shardFailed,
    recorded.found.replace('"timed_out":false', '"timed_out":true'),
    JSON.stringify({ error: blocked, status: 403 }),
    '{"error":{"type":"search_phase_execution_exception","root_cause":[{"type":"circuit_breaking_exception",' +
      '"reason":"Data too large"}]},"status":429}',
  ];
  for (const inner of passing) {
    const { total, calls } = await serving(
      [
        [200, responses(recorded.nothing, inner)],
        [200, responses(recorded.found, recorded.found)],
      ],
      async (url, seen) => {
        const [, second] = await openSearch(url, "t1").searchAll(["a", "b"], 5);
        return { total: second!.total, calls: seen.length };
      },
    );
    assert.equal([total, calls], [2, 2], inner);
  }
});

test("a fault of the index or its fields is no empty result: it would meet all queries alike", async () => {
  const inner = (type: string, reason: string, status = 400) =>
    responses(
      JSON.stringify({ error: { type: "search_phase_execution_exception", root_cause: [{ type, reason }] }, status }),
    );
  assert.match(
    (await rejection(search([200, inner("query_shard_exception", "No mapping found for [id] in order to sort on")])))
      .message,
    /TypeError|refuses the search.*No mapping found for \[id\]/,
  );
  assert.is(
    (await rejection(search([200, inner("query_shard_exception", 'failed to create query: For input string: "cat"')])))
      .name,
    "TypeError",
  );
  assert.is(
    (
      await rejection(
        search([200, responses('{"error":{"type":"index_closed_exception","reason":"closed"},"status":400}')]),
      )
    ).name,
    "SearchUnavailable",
  );
  assert.is(
    (await rejection(search([200, inner("security_exception", "no permissions", 403)]))).name,
    "SearchUnavailable",
  );
  assert.equal(
    (
      await search([
        200,
        inner("too_many_nested_clauses", "Query contains too many nested clauses; maxClauseCount is set to 1024"),
      ])
    ).total,
    0,
  ); // of this query alone
});

test("an index that is not there, a k past the window and a date are the caller's mistakes", async () => {
  for (const reply of [
    [404, recorded.noIndex],
    [200, responses(recorded.noIndex)],
  ] as const)
    assert.is((await rejection(search(reply))).name, "RangeError");
  const engine = openSearch("http://127.0.0.1:9", "t1");
  assert.is((await rejection(engine.search("x", 10_001))).name, "RangeError");
  assert.is((await rejection(engine.search("x", 1, { maxDate: "2020" }))).name, "TypeError");
});

test("indexing creates the index with our BM25, sends documents, and opens it to searches", async () => {
  const seen = await serving(
    [
      [200, recorded.created],
      [200, items(["b", "created", 201], ["a", "created", 201])],
      [200, recorded.acknowledged],
    ],
    async (url, seen) => {
      assert.equal(await build(url), [2]);
      return seen;
    },
  );
  assert.equal(
    seen.map(({ call }) => call),
    ["PUT /t1", "POST /t1/_bulk", "PUT /t1/_settings", "POST /t1/_refresh"],
  );
  assert.equal(JSON.parse(seen[0]!.body).settings.similarity, { default: { type: "BM25", k1: 0.9, b: 0.4 } });
  assert.is(
    seen[1]!.body,
    '{"index":{"_id":"b"}}\n{"id":"b","contents":"The cats ' +
      'sat"}\n{"index":{"_id":"a"}}\n{"id":"a","contents":"the cats sat"}\n',
  );
});

test("documents for which there was no room are sent again, and only they", async () => {
  const seen = await serving(
    [
      [200, recorded.created],
      [200, items(["b", "created", 201], ["a", "", 429, { type: "rejected" }])],
      [200, items(["a", "created", 201])],
      [200, recorded.acknowledged],
    ],
    async (url, seen) => (await build(url), seen),
  );
  assert.is(seen[2]!.body, '{"index":{"_id":"a"}}\n{"id":"a","contents":"the cats sat"}\n');
});

test("documents are sent again after 5xx and a full disk; other refusals name their cause", async () => {
  for (const [status, error] of [
    [503, { type: "unavailable_shards_exception" }],
    [500, undefined],
    [403, blocked],
    [429, blocked],
    [400, { type: "mapper", caused_by: { type: "circuit_breaking_exception" } }],
  ] as const) {
    const seen = await serving(
      [
        [200, recorded.created],
        [200, items(["b", "created", 201], ["a", "", status, error])],
        [200, items(["a", "created", 201])],
        [200, recorded.acknowledged],
      ],
      async (url, seen) => (await build(url), seen),
    );
    assert.is(seen[2]!.body, '{"index":{"_id":"a"}}\n{"id":"a","contents":"the cats sat"}\n', String(status));
  }
  const whole = await serving(
    [
      [200, recorded.created],
      [403, JSON.stringify({ error: blocked, status: 403 })],
      [200, items(["b", "created", 201], ["a", "created", 201])],
      [200, recorded.acknowledged],
    ],
    async (url, seen) => (await build(url), seen),
  );
  assert.equal(whole.map(({ call }) => call).slice(1, 3), ["POST /t1/_bulk", "POST /t1/_bulk"]);
  for (const [status, type] of [
    [404, "index_not_found_exception"],
    [400, "index_closed_exception"],
    [403, "security_exception"],
  ] as const) {
    assert.is(
      (
        await serving(
          [
            [200, recorded.created],
            [200, items(["b", "created", 201], ["a", "", status, { type }])],
          ],
          (url) => rejection(build(url)),
        )
      ).name,
      "SearchUnavailable",
      type,
    );
  }
});

test("an interrupted indexing goes on with what was not sent", async () => {
  const seen = await serving(
    [
      [200, items(["a", "updated", 200])],
      [200, recorded.acknowledged],
    ],
    async (url, seen) => (assert.equal(await build(url, { skip: 1 }), [2]), seen),
  );
  assert.equal(
    seen.map(({ call }) => call),
    ["POST /t1/_bulk", "PUT /t1/_settings", "POST /t1/_refresh"],
  );
});

test("what is wrong with the index or a document is said by its kind", async () => {
  const cases: [Reply[], string, RegExp][] = [
    [[[400, recorded.exists]], "RangeError", /there is an index "t1" already/],
    [[[400, recorded.badName]], "TypeError", /Invalid index name/],
    [
      [
        [200, recorded.created],
        [200, items(["b", "created", 201], ["a", "updated", 200])],
      ],
      "CorruptData",
      /two have the id "a"/,
    ],
    [
      [
        [200, recorded.created],
        [200, items(["b", "created", 201], ["a", "", 400, { reason: "failed to parse" }])],
      ],
      "TypeError",
      /document "a": failed to parse/,
    ],
    [
      [
        [200, recorded.created],
        [200, "{}"],
      ],
      "SearchUnavailable",
      /no answers came back/,
    ],
  ];
  for (const [replies, name, message] of cases) {
    const error = await serving(replies, (url) => rejection(build(url)));
    assert.is(error.name, name, error.message);
    assert.match(error.message, message);
  }
});

test("a login in the address is refused, and not repeated", async () => {
  const url = "http://reader:s3cret@127.0.0.1:1";
  assert.throws(
    () => openSearch(url, "x"),
    (error: Error) =>
      error.name === "TypeError" && /as a header/.test(error.message) && !error.message.includes("s3cret"),
  );
  await buildOpenSearch([], url, "x")
    .next()
    .then(
      () => assert.unreachable(),
      ({ message }: Error) => assert.not.match(message, "s3cret"),
    );
});

test.run();
