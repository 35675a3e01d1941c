import { test } from "uvu";
import * as assert from "uvu/assert";
import { backendInUse } from "../../../lib/backend/choose";
import { claimAllAt, widthsHere } from "./here";

claimAllAt("avx512");

test("the kernels above ran with avx512 vectors where the processor has them", () => {
  const backend = backendInUse();
  if (widthsHere().includes("avx512") && backend?.name === "native") assert.is(backend.vectors, "avx512");
});

test.run();
