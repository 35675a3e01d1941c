import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { reason, type BackendName } from "../../lib/backend/loader";
import { tensorsLeftBy } from "../fixtures";
import { skip } from "../skip";

/**
 * A test on the backend of this name that leaves no tensor; where native TensorFlow is not here, it says so instead.
 */
export const claimsOn = (name: BackendName) => (claim: string, check: () => void | Promise<void>) =>
  test(`${name}: ${claim}`, async () => {
    try {
      await useBackend(name);
    } catch (error) {
      if (name !== "native") throw error;
      return skip(`${reason(error)}`);
    }
    assert.is(await tensorsLeftBy(check), 0, "tensors are left over");
  });
