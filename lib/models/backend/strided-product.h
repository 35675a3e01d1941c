// Products of small matrices that stay in the processor's caches, whose left one may lie in memory by rows or by columns.
#pragma once

#include "decoder-kernels.h"

namespace decoder {

/** Rounded up to whole vectors. */
INLINE int64_t whole(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

/** R rows and V vectors of c = a b, or of c + a b. a(m, k) is a[m am + k ak]; rows of b and c lie bs and cs apart. */
template <int R, int V>
INLINE void tile(int64_t K, const float* a, int64_t am, int64_t ak, const float* b, int64_t bs, float* c, int64_t cs, bool adds) {
  Lanes total[R][V] = {};
  for (int64_t k = 0; k < K; k++) {
    Lanes row[V];
    for (int v = 0; v < V; v++) row[v] = at(b + k * bs + v * lanes);
    for (int r = 0; r < R; r++) {
      const float factor = a[r * am + k * ak];
      for (int v = 0; v < V; v++) total[r][v] += factor * row[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) {
      Lanes& to = at(c + r * cs + v * lanes);
      to = adds ? to + total[r][v] : total[r][v];
    }
}

template <int V>
INLINE void columns(int64_t M, int64_t K, const float* a, int64_t am, int64_t ak, const float* b, int64_t bs, float* c, int64_t cs, bool adds) {
  int64_t m = 0;
  for (; m + 4 <= M; m += 4) tile<4, V>(K, a + m * am, am, ak, b, bs, c + m * cs, cs, adds);
  for (; m < M; m++) tile<1, V>(K, a + m * am, am, ak, b, bs, c + m * cs, cs, adds);
}

/** c [M, N] = a [M, K] b [K, N], or added to c. N is a multiple of `lanes`; V vectors are worked on at a time, as registers allow. */
template <int V>
INLINE void multiply(int64_t M, int64_t N, int64_t K, const float* a, int64_t am, int64_t ak, const float* b, int64_t bs, float* c, int64_t cs, bool adds) {
  int64_t n = 0;
  for (; n + V * lanes <= N; n += V * lanes) columns<V>(M, K, a, am, ak, b + n, bs, c + n, cs, adds);
  if (V > 1)
    for (; n < N; n += lanes) columns<1>(M, K, a, am, ak, b + n, bs, c + n, cs, adds);
}

}  // namespace decoder
