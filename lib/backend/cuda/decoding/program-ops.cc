// A decoder for some new tokens as one operation, a decoder that draws several tokens of each row as another, and
// longer caches as a third.

#include "choose-tokens/choice.h"
#include "decoding/program.h"

namespace {

using namespace cuda;

/** The program and lists of native-cpu's operation: its matrices of bfloat16 are `halves`, after all other inputs. */
void run(Work& work) {
  withProgram(work, work.inputCount(), 1, [&](const Loaded& program) {
    float* y = work.output(0, {program.rows, program.columns});
    program.read();
    work.copy(y, program.logits, program.rows * program.columns * sizeof(float));
  });
}

/**
 * The same inputs, of one new token a row; draws [2kB], doubles in [0, 1) as pairs of integers, step by step; settings
 * as of DecoderChooseToken -> the k tokens that follow in each row [k, B], and their log-probabilities [k, B]. Nothing
 * waits for the card until all are there.
 */
void draw(Work& work) {
  const int draws = work.inputCount() - 2, ids = 1 + static_cast<int>(work.attributes.numbers);
  const Input &uniforms = work.input(draws), &last = work.input(ids + 1), &settings = work.input(draws + 1);
  const int64_t B = work.input(ids).size(), steps = B ? uniforms.size() / (2 * B) : 0;
  require(work.attributes.integers == 4 && B > 0 && steps > 0 && uniforms.is({2 * B * steps}) && last.is({B}) &&
              work.input(ids + 2).is({B}) && work.input(ids + 3).is({2}) && settings.is({5}),
          "DecoderDrawTokens: shapes do not fit together");
  for (int64_t b = 0; b < B; b++)
    require(last.integers()[b] == b, "DecoderDrawTokens: the logits are not those of each row's token");
  withProgram(work, draws, steps, [&](const Loaded& program) {
    const Choice choice = choiceOf(settings, program.columns);
    float *shares = choice.temperature > 0 ? work.temporary(B * program.columns) : nullptr,
          *made = work.temporary(2 * steps * B), *logps = made + steps * B;
    const int* there = work.onCard(uniforms.integers(), uniforms.size());
    for (int64_t t = 0; t < steps; t++) {
      program.read();
      work.launch("chooseToken", {static_cast<unsigned>(B)}, {1024}, program.logits, there + 2 * t * B, none, none,
                  none, shares, made + t * B, logps + t * B, choice);
      if (t + 1 < steps)
        work.launch("takeTokens", {1}, {256}, made + t * B, program.ids, program.place, static_cast<int>(B));
    }
    work.copyOut(work.output(0, {steps, B}, TF_INT32), made, steps * B * sizeof(float));
    work.copyOut(work.output(1, {steps, B}), logps, steps * B * sizeof(float));
  });
}

/** cache [B, K, T, D], and two integers: columns to keep, and columns of the result -> a longer cache. */
void room(Work& work) {
  const Input &cache = work.input(0), &columns = work.input(1);
  require(cache.rank() == 4 && columns.is({2}), "DecoderRoom: an input has not the rank it should have");
  const int64_t B = cache.dim(0), K = cache.dim(1), T = cache.dim(2), D = cache.dim(3), kept = columns.integers()[0],
                longer = columns.integers()[1];
  require(kept >= 0 && kept <= T && longer >= kept, "DecoderRoom: the columns that are kept are not there");
  float* y = work.output(0, {B, K, longer, D});
  work.launch("lengthen", {static_cast<unsigned>(longer), static_cast<unsigned>(B * K)}, {rowThreads(D)}, cache.data(),
              y, static_cast<int>(T), static_cast<int>(longer), static_cast<int>(kept), static_cast<int>(D));
}

const bool registered = registerOperations({
    {"DecoderProgramOnCard",
     {"program: int32", "values: numbers * float", "counts: integers * int32", "half_values: halves * int32"},
     {"y: float"},
     {"numbers: int >= 0", "integers: int", "halves: int >= 0", "heads: int", "epsilon: float", "scale: float"},
     BY(run),
     {"program", "counts"},
     false,
     true},
    {"DecoderDrawTokens",
     {"program: int32", "values: numbers * float", "counts: integers * int32", "half_values: halves * int32",
      "draws: int32", "settings: int32"},
     {"tokens: int32", "logps: float"},
     {"numbers: int >= 0", "integers: int", "halves: int >= 0", "heads: int", "epsilon: float", "scale: float"},
     BY(draw),
     {"program", "counts", "draws", "settings", "tokens", "logps"},
     false,
     true},
    {"DecoderRoom", {}, {}, {}, BY(room), {"columns"}, true},
});

}  // namespace
