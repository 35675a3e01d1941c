// The choice of a token for each row as an operation, whose results lie on the host when it returns.

#include "choose-tokens/choice.h"

namespace {

using namespace cuda;

/**
 * logits [N, V]; draws [2N], doubles in [0, 1) as pairs of integers; settings [5]; forbidden [N·⌈V/32⌉] bits or [0];
 * seen, as indices n·V + token; starts [N + 1] or [0] -> tokens [N], their log-probabilities [N].
 */
void choose(Work& work) {
  const Input &logits = work.input(0), &draws = work.input(1), &settings = work.input(2), &forbidden = work.input(3),
              &seen = work.input(4), &starts = work.input(5);
  require(logits.rank() == 2 && logits.dim(1) > 0, "DecoderChooseToken: the logits are no matrix");
  const int64_t N = logits.dim(0), V = logits.dim(1);
  require(draws.is({2 * N}) && settings.is({5}) && (forbidden.is({0}) || forbidden.is({N * ((V + 31) / 32)})) &&
              (starts.is({0}) || starts.is({N + 1})),
          "DecoderChooseToken: shapes do not fit together");
  const Choice c = choiceOf(settings, V);
  for (int64_t i = 0; i < starts.size(); i++)
    require(starts.integers()[i] >= 0 && starts.integers()[i] <= seen.size() &&
                (i == 0 || starts.integers()[i] >= starts.integers()[i - 1]),
            "DecoderChooseToken: the seen tokens are not divided into rows");
  for (int64_t i = 0; i < seen.size(); i++)
    require(seen.integers()[i] >= 0 && seen.integers()[i] < V, "DecoderChooseToken: a seen token is none");
  int32_t* tokens = reinterpret_cast<int32_t*>(work.output(0, {N}, TF_INT32));
  float* logps = work.output(1, {N});
  const bool isPlain = c.temperature <= 0 && !forbidden.size() && !starts.size();
  float *shares = isPlain ? nullptr : work.temporary(N * V), *made = work.temporary(2 * N);
  const int *bitsThere = forbidden.size() ? work.onCard(forbidden.integers(), forbidden.size()) : nullptr,
            *startsThere = starts.size() ? work.onCard(starts.integers(), starts.size()) : nullptr,
            *seenThere = seen.size() ? work.onCard(seen.integers(), seen.size()) : nullptr;
  work.launch("chooseToken", {static_cast<unsigned>(N)}, {1024}, logits.data(), work.onCard(draws.integers(), 2 * N),
              bitsThere, seenThere, startsThere, shares, made, made + N, c);
  work.copyOut(tokens, made, N * sizeof(float));
  work.copyOut(logps, made + N, N * sizeof(float));
}

const bool registered = registerOperations({
    {"DecoderChooseToken",
     {"logits: float", "draws: int32", "settings: int32", "forbidden: int32", "seen: int32", "starts: int32"},
     {"tokens: int32", "logps: float"},
     {},
     BY(choose),
     {"draws", "settings", "forbidden", "seen", "starts", "tokens", "logps"}},
});

}  // namespace
