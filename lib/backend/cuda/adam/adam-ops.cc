// Adam for all variables, and the squared norm of all gradients, as one operation each.

#include <algorithm>

#include "device/work.h"

namespace {

using namespace cuda;

struct Move {  // of adam.cu
  const float *weight, *gradient;
  float *mean, *square, *y;
  int64_t size, first;
};
constexpr int64_t moveBlock = 1024;

/** Numbers the blocks of the moves. Returns how many there are. */
int64_t numberBlocks(std::vector<Move>& moves) {
  int64_t blocks = 0;
  for (Move& move : moves) move.first = blocks, blocks += (move.size + moveBlock - 1) / moveBlock;
  return blocks;
}

/** n weights, n gradients, n first moments, n second moments, rates [9] as bits -> n new weights. Writes the moments.
 */
void adamAll(Work& work) {
  const int n = static_cast<int>(work.attributes.numbers);
  std::vector<Move> moves(n);
  for (int i = 0; i < n; i++) {
    const Input& weight = work.input(i);
    std::vector<int64_t> shape;
    for (int d = 0; d < weight.rank(); d++) shape.push_back(weight.dim(d));
    for (int part = 1; part < 4; part++)
      require(work.input(part * n + i).size() == weight.size(), "DecoderAdamAll: shapes do not fit together");
    moves[i] = {weight.data(),
                work.input(n + i).data(),
                work.input(2 * n + i).data(),
                work.input(3 * n + i).data(),
                work.output(i, shape),
                weight.size(),
                0};
  }
  const Input& rates = work.input(4 * n);
  require(rates.is({9}), "DecoderAdamAll: there must be nine rates");
  const int64_t blocks = numberBlocks(moves);
  const void* table = work.onCard(moves.data(), moves.size() * sizeof(Move), 0);
  work.launch("adamAll", {static_cast<unsigned>(blocks)}, {}, table, n, work.onCard(rates.integers(), 9));
}

/** n gradients -> Σ of all squares, a scalar. */
void squaresAll(Work& work) {
  const int n = work.inputCount();
  std::vector<Move> moves(n);
  for (int i = 0; i < n; i++)
    moves[i] = {nullptr, work.input(i).data(), nullptr, nullptr, nullptr, work.input(i).size(), 0};
  const int64_t blocks = numberBlocks(moves), parts = std::min<int64_t>(blocks, 1024);
  float *y = work.output(0, {}), *part = work.temporary(parts);
  const void* table = work.onCard(moves.data(), moves.size() * sizeof(Move), 0);
  work.launch("squaresAll", {static_cast<unsigned>(parts)}, {}, table, n, blocks, part);
  work.launch("sumOf", {1}, {1024}, static_cast<const float*>(part), static_cast<int>(parts), y);
}

const bool registered = registerOperations({
    {"DecoderAdamAll",
     {"weights: numbers * float", "gradients: numbers * float", "firsts: numbers * float", "seconds: numbers * float",
      "rates: int32"},
     {"y: numbers * float"},
     {"numbers: int"},
     BY(adamAll),
     {"rates"},
     false,
     true},
    {"DecoderSquaresAll", {"gradients: numbers * float"}, {"y: float"}, {"numbers: int"}, BY(squaresAll)},
});

}  // namespace
