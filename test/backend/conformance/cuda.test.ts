import { test } from "uvu";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { claimsOn } from "../claims-on";
import { conforms } from "./claims";
import { stackConforms } from "./layer-stack";

/**
 * The CUDA kernels: on a card if there is one (`npm run test:full -- cuda`), else compiled for the processor, a fiber
 * for each of a card's threads (cuda/device/emulation.cc).
 */
const ours = () => {
  if (nativeBackend()?.isUsingGpuDevice) return kernels();
  const operations = emulatedOperations();
  if (!operations) throw new Error("The addon has no emulation of CUDA kernels. Run `node lib/setup/main.js`.");
  return cuda(operations);
};

conforms("native", ours);
stackConforms(claimsOn("native"), ours);

test.run();
