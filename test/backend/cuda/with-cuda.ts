import { cardOf } from "../../../lib/backend/cuda/device/card";
import { decodeStep } from "../../../lib/backend/cuda/decoding/decode-step";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { useBackend } from "../../../lib/backend/choose";
import type { Kernels } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { skip } from "../../skip";

/** The CUDA kernels, of the card or of the emulation, as they are and with each token chosen apart. */
export interface OnCuda {
  /** Whether a row's logits are the same to the last bit whatever rows are beside it, as in the emulation. */
  readonly isExact: boolean;
  /** Runs `work` on the kernels as they are. Returns its value and how many tokens were drawn at a time. */
  ahead<T>(work: () => Promise<T>): Promise<{ value: T; steps: number[] }>;
  /** Runs `work` with each token read back before the next is computed. */
  apart<T>(work: () => Promise<T>): Promise<T>;
}

/** Calls `claim` where there is a card or the emulation, and skips the test elsewhere. */
export async function onCuda(claim: (on: OnCuda) => Promise<void>): Promise<void> {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  const card = native?.isUsingGpuDevice ? cardOf(native) : undefined;
  const operations = typeof card === "object" ? card.operations : native && emulatedOperations();
  if (!operations) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  const own = cuda(operations);
  const inUse = kernels();
  const before = { ...inUse };
  const using = async <T>(given: Kernels, work: () => Promise<T>): Promise<T> => {
    Object.assign(inUse, given);
    try {
      return await work();
    } finally {
      Object.assign(inUse, before);
    }
  };
  await claim({
    isExact: card === undefined,
    async ahead(work) {
      const steps: number[] = [];
      const step = own.decodeStep!;
      const draw: typeof step.draw = (program, inputs, settings, draws) => {
        steps.push(draws.steps);
        return step.draw!(program, inputs, settings, draws);
      };
      const value = await using({ ...own, decodeStep: { ...step, draw } }, work);
      return { value, steps };
    },
    apart: (work) => using({ ...own, decodeStep: decodeStep(operations) }, work),
  });
}
