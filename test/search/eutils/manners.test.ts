import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import { familyOf } from "../../../lib/rewards/families";
import { scoreCompletion } from "../../../lib/rewards/score";
import { eutils } from "../../../lib/search/eutils/eutils";
import { sharedFile, temporaryFolder } from "../../fixtures";
import { loopback } from "../remote/loopback";
import { manners, recordedErrors, troubles } from "../remote/manners";
import { skip } from "../../skip";

const file = sharedFile("data/eutils/errors.json");
const wrong = file ? recordedErrors(file) : troubles([]);

test("a server with a limit of 10 a second is asked 9.5 times a second; no error becomes a result", async () => {
  const { perSecond, provoked, thrown, outagesAsResults, longestStall, warm64Milliseconds, replayIdentical } =
    await manners(24, wrong, temporaryFolder());
  assert.ok(thrown >= wrong.length, `${thrown} errors thrown`);
  assert.is(outagesAsResults, 0);
  assert.ok(replayIdentical);
  if (longestStall > 30)
    return skip(`this machine stood still for ${Math.round(longestStall)} ms, too busy to time requests on`);
  assert.is(provoked, 0);
  assert.ok(perSecond >= 9.5 && perSecond <= 10, `${perSecond} requests a second`);
  assert.ok(warm64Milliseconds < 50, `${warm64Milliseconds} ms for 64 answers that are kept`);
});

test("with an engine that stays down, whatever it says, no completion gets a reward", async () => {
  const problem: Problem = { id: "p", query: "q", judgments: { "1": 1 } };
  const turn = '<think>x</think><answer>{"query": "aspirin"}</answer>';
  for (const trouble of wrong) {
    const server = await loopback(() => trouble);
    const engine = eutils({ base: server.base, requestsPerSecond: 1000, attempts: 2, backOffSeconds: 0.001 });
    await scoreCompletion({ family: familyOf("pubmed"), engine, problem, turn, k: 50 }).then(
      (score) => assert.unreachable(`${JSON.stringify(trouble)} became ${JSON.stringify(score)}`),
      (error: Error) => assert.is(error.name, "SearchUnavailable", JSON.stringify(trouble)),
    );
    await server.close();
  }
});

test.run();
