import { test } from "uvu";
import { learningRateAt } from "../../../lib/training/loop/schedule";
import { close } from "../../fixtures";

const rates = (options: Omit<Parameters<typeof learningRateAt>[1], "peak" | "total">, steps: readonly number[]) =>
  steps.map((step) => learningRateAt(step, { peak: 1, total: 10, ...options }));

test("by default the rate is constant, as in the reference", () => close(rates({}, [1, 5, 10]), [1, 1, 1]));

test("it rises in a straight line over the warm-up", () =>
  close(rates({ warmup: 4 }, [1, 2, 4, 5, 10]), [0.25, 0.5, 1, 1, 1]));

test("it falls in a straight line from where it was told to, to its share at the last step", () => {
  // from step 6 to 10 down to 0.2: 0.2 a step
  close(rates({ decayFrom: 0.6, final: 0.2 }, [6, 7, 8, 10]), [1, 0.8, 0.6, 0.2]);
});

test("a warm-up is over before the fall begins", () => {
  // warm-up to 6, then 0.25 a step; decayFrom would have begun at 2
  close(rates({ warmup: 6, decayFrom: 0.2, final: 0 }, [3, 6, 7, 10]), [0.5, 1, 0.75, 0]);
});

test("past the end it stays where it ended", () => close(rates({ final: 0.1 }, [10, 25]), [0.1, 0.1]));

test.run();
