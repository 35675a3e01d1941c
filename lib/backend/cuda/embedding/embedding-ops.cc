// Rows of an embedding and its gradient as operations.

#include <algorithm>
#include <numeric>

#include "device/work.h"

namespace {

using namespace cuda;

/** matrix [V, C], or [0] and pairs [V, C/2]; ids [N] -> y [N, C]. */
void embedding(Work& work) {
  const Input &floats = work.input(0), &halves = work.input(1), &ids = work.input(2);
  const bool half = halves.size() > 0;
  const Input& given = half ? halves : floats;
  require(given.rank() == 2 && ids.rank() == 1, "DecoderEmbedding: shapes do not fit together");
  const int64_t N = ids.size(), V = given.dim(0), C = given.dim(1) * (half ? 2 : 1);
  for (int64_t n = 0; n < N; n++)
    require(ids.integers()[n] >= 0 && ids.integers()[n] < V, "DecoderEmbedding: an id is past the table's end");
  float* y = work.output(0, {N, C});
  work.launch(half ? "gatherHalves" : "gatherRows", {static_cast<unsigned>(N)}, {rowThreads(C)}, given.data(),
              work.onCard(ids.integers(), N), y, static_cast<int>(C));
}

/** ids [N], dy [N, C]; V is an attribute -> the gradient of the matrix, [V, C]. */
void gradient(Work& work) {
  const Input &ids = work.input(0), &dy = work.input(1);
  const int64_t N = ids.size(), V = work.attributes.rows;
  require(dy.rank() == 2 && dy.dim(0) == N, "DecoderEmbeddingGrad: shapes do not fit together");
  const int64_t C = dy.dim(1);
  const int32_t* id = ids.integers();
  std::vector<int32_t> rows(N), distinct, starts;
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) { return id[a] < id[b]; });
  for (int64_t i = 0; i < N; i++) {
    require(id[i] >= 0 && id[i] < V, "DecoderEmbeddingGrad: an id is past the table's end");
    if (i == 0 || id[rows[i]] != id[rows[i - 1]]) distinct.push_back(id[rows[i]]), starts.push_back(i);
  }
  const int64_t count = distinct.size();
  starts.push_back(N);
  std::vector<int32_t> lists = distinct;  // one list after the other, so that one copy brings them all
  lists.insert(lists.end(), starts.begin(), starts.end());
  lists.insert(lists.end(), rows.begin(), rows.end());
  float* y = work.output(0, {V, C});
  work.zero(y, V * C * sizeof(float));
  const int* there = work.onCard(lists.data(), lists.size());
  work.launch("scatterRows", {static_cast<unsigned>(count)}, {rowThreads(C)}, dy.data(), there, there + count,
              there + 2 * count + 1, y, static_cast<int>(C));
}

const bool registered = registerOperations({
    {"DecoderEmbedding", {"matrix: float", "halves: int32", "ids: int32"}, {"y: float"}, {}, BY(embedding), {"ids"}},
    {"DecoderEmbeddingGrad", {"ids: int32", "dy: float"}, {"y: float"}, {"rows: int"}, BY(gradient), {"ids"}},
});

}  // namespace
