import { test } from "uvu";
import * as assert from "uvu/assert";
import { backendInUse } from "../../../lib/backend/choose";
import { claimAllAt, widthsHere } from "./here";

claimAllAt("sse4");

test("the kernels above ran with sse4 vectors where the processor has them", () => {
  const backend = backendInUse();
  if (widthsHere().includes("sse4") && backend?.name === "native") assert.is(backend.vectors, "sse4");
});

test.run();
