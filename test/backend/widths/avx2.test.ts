import { test } from "uvu";
import * as assert from "uvu/assert";
import { backendInUse } from "../../../lib/backend/choose";
import { claimAllAt, widthsHere } from "./here";

claimAllAt("avx2");

test("the kernels above ran with avx2 vectors where the processor has them", () => {
  const backend = backendInUse();
  if (widthsHere().includes("avx2") && backend?.name === "native") assert.is(backend.vectors, "avx2");
});

test.run();
