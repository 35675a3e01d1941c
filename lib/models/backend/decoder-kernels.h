// What a decoder does with new tokens besides matrix products, each in one pass over memory.
// Plain C++ over vectors of 16 floats, which the compiler turns into what the processor has.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#define INLINE inline __attribute__((always_inline))

// Compiled once for each width of vector of x86-64; the processor's own is chosen when the program runs. Each is a function of
// its own to the compiler too, which runs out of registers for addresses where loops are many.
#if defined(__x86_64__)
#define FOR_EVERY_WIDTH_AS(name, parameters, arguments, wide, narrow)                                                                    \
  __attribute__((noinline, target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))) inline void name##Of512 parameters { name##Of wide arguments; } \
  __attribute__((noinline, target("avx2,fma"))) inline void name##Of256 parameters { name##Of narrow arguments; }                                  \
  __attribute__((noinline)) inline void name##Of128 parameters { name##Of narrow arguments; }                                                                      \
  inline void name parameters { (width == 512 ? name##Of512 : width == 256 ? name##Of256 : name##Of128) arguments; }
#else
#define FOR_EVERY_WIDTH_AS(name, parameters, arguments, wide, narrow) \
  inline void name parameters { name##Of narrow arguments; }
#endif
#define FOR_EVERY_WIDTH(name, parameters, arguments) FOR_EVERY_WIDTH_AS(name, parameters, arguments, , )

namespace decoder {

#if defined(__x86_64__)
inline int widest() {
  __builtin_cpu_init();
  const bool has512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return has512 ? 512 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 256 : 128;
}
static const int width = widest();
#endif

constexpr int64_t lanes = 16;
typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));  // may lie anywhere in memory
typedef float Half __attribute__((vector_size(32)));
typedef float Quarter __attribute__((vector_size(16)));
typedef int32_t Words __attribute__((vector_size(64), aligned(4), may_alias));

INLINE Lanes& at(float* x) { return *reinterpret_cast<Lanes*>(x); }
INLINE const Lanes& at(const float* x) { return *reinterpret_cast<const Lanes*>(x); }

// Eight numbers of each of two vectors, from `i` on, taking turns.
#ifdef __clang__
#define INTERLEAVED(a, b, i) __builtin_shufflevector(a, b, i, i + 16, i + 1, i + 17, i + 2, i + 18, i + 3, i + 19, i + 4, i + 20, i + 5, i + 21, i + 6, i + 22, i + 7, i + 23)
#else
#define INTERLEAVED(a, b, i) __builtin_shuffle(a, b, (Words{i, i + 16, i + 1, i + 17, i + 2, i + 18, i + 3, i + 19, i + 4, i + 20, i + 5, i + 21, i + 6, i + 22, i + 7, i + 23}))
#endif

INLINE float sum(const Lanes& x) {
  Half h[2];
  std::memcpy(h, &x, sizeof h);
  h[0] += h[1];
  Quarter q[2];
  std::memcpy(q, h, sizeof q);
  q[0] += q[1];
  return (q[0][0] + q[0][2]) + (q[0][1] + q[0][3]);
}

/** The sums of 16 vectors. Each round adds the halves of two vectors, whose numbers take turns then. */
INLINE Lanes sums(Lanes (&x)[lanes]) {
  for (int left = lanes / 2; left > 0; left /= 2)
    for (int i = 0; i < left; i++) x[i] = INTERLEAVED(x[i], x[i + left], 0) + INTERLEAVED(x[i], x[i + left], 8);
  return x[0];
}

/** x becomes e^x, to 1e-7 of it; 1e-38 for x below -87. x is at most 88. Range reduction and polynomial of Cephes' expf. */
INLINE void exponential(Lanes& x) {
  const Lanes low = Lanes{} - 87.3f;
  x = x < low ? low : x;
  const Lanes shifted = x * 1.44269504f + 12582912.f;  // 1.5 * 2^23: what is below 1 is rounded off
  const Lanes n = shifted - 12582912.f;
  const Lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Lanes y = r * 1.9875691500e-4f + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.f;
  const Words power = (__builtin_convertvector(n, Words) + 127) << 23;  // 2^n
  Lanes scale;
  std::memcpy(&scale, &power, sizeof scale);
  x = y * scale;
}

/** 1 / sqrt(mean of x^2 + epsilon) over C numbers. */
INLINE float inverseRms(const float* x, int64_t C, float epsilon) {
  Lanes squares = {};
  int64_t c = 0;
  for (; c + lanes <= C; c += lanes) squares += at(x + c) * at(x + c);
  float total = sum(squares);
  for (; c < C; c++) total += x[c] * x[c];
  return 1.f / std::sqrt(total / C + epsilon);
}

/** RMS norm of `from` .. `to` of rows [N, C] into y. With `delta` [N, C], of x + delta, which goes into `total`. */
INLINE void normaliseOf(const float* x, const float* delta, const float* weight, float* total, float* y, int64_t from, int64_t to, int64_t C, float epsilon) {
  for (int64_t n = from; n < to; n++) {
    const float* row = x + n * C;
    if (delta) {
      for (int64_t c = 0; c < C; c++) total[n * C + c] = row[c] + delta[n * C + c];
      row = total + n * C;
    }
    const float scale = inverseRms(row, C, epsilon);
    for (int64_t c = 0; c < C; c++) y[n * C + c] = row[c] * scale * weight[c];
  }
}

/** silu(gate) * up of rows [N, 2F], gate before up, into y [N, F]. */
INLINE void gateOf(const float* x, float* y, int64_t from, int64_t to, int64_t F) {
  const Lanes high = Lanes{} + 88.f;
  for (int64_t n = from; n < to; n++) {
    const float *gate = x + 2 * n * F, *up = gate + F;
    int64_t f = 0;
    for (; f + lanes <= F; f += lanes) {
      Lanes e = -at(gate + f);
      e = e > high ? high : e;
      exponential(e);
      at(y + n * F + f) = at(gate + f) / (1.f + e) * at(up + f);
    }
    for (; f < F; f++) y[n * F + f] = gate[f] / (1.f + std::exp(-gate[f])) * up[f];
  }
}

/** Causal attention of T new tokens a row. Axes: B rows, H query heads, K key/value heads, D dimensions, `capacity` columns of the caches. */
struct Attention {
  int64_t B, T, H, K, D, capacity, position;  // position: the column of the first new token
  float epsilon;
  const float* qkv;                 // [B, T, (H + 2K)D]
  const float *cosines, *sines;     // [positions, D], the sines signed
  const float *qNorm, *kNorm;       // [D], or null
  const int32_t* padding;           // [B]
  float *keys, *values;             // [B, K, capacity, D]; T columns from `position` are written
  float* y;                         // [B, T, H D]
};

constexpr int64_t blockTokens = 16;  // of a head, that one thread takes

INLINE int64_t blocksOf(const Attention& a) { return (a.T + blockTokens - 1) / blockTokens; }

/** The largest of n numbers. */
INLINE float largest(const float* x, int64_t n) {
  float most = x[0];
  int64_t i = 0;
  if (n >= lanes) {
    Lanes peaks = at(x);
    for (i = lanes; i + lanes <= n; i += lanes) peaks = at(x + i) > peaks ? at(x + i) : peaks;
    for (int lane = 0; lane < lanes; lane++) most = peaks[lane] > most ? peaks[lane] : most;
  }
  for (; i < n; i++) most = x[i] > most ? x[i] : most;
  return most;
}

/** One head [D], normalised if there is a weight, rotated by its position's cosines and signed sines [D], and multiplied, into y, which is no part of x. */
INLINE void rotate(const float* __restrict x, const float* __restrict norm, const float* __restrict cosines, const float* __restrict sines, int64_t D, float epsilon, float factor, float* __restrict y) {
  const int64_t half = D / 2;
  const float scale = norm ? inverseRms(x, D, epsilon) : 1.f;
  int64_t d = 0;
  for (; d + lanes <= half; d += lanes) {
    Lanes left = at(x + d), right = at(x + d + half);
    if (norm) left *= scale * at(norm + d), right *= scale * at(norm + d + half);
    at(y + d) = (left * at(cosines + d) + right * at(sines + d)) * factor;
    at(y + d + half) = (right * at(cosines + d + half) + left * at(sines + d + half)) * factor;
  }
  for (; d < half; d++) {
    const float left = norm ? x[d] * scale * norm[d] : x[d], right = norm ? x[d + half] * scale * norm[d + half] : x[d + half];
    y[d] = (left * cosines[d] + right * sines[d]) * factor;
    y[d + half] = (right * cosines[d + half] + left * sines[d + half]) * factor;
  }
}

/** query . key of N keys [D], in whole vectors: what is past N is -1e30. */
INLINE void scores(const float* q, const float* keys, int64_t N, int64_t D, float* p) {
  for (int64_t n = 0; n < N; n += lanes) {
    const float* key[lanes];
    for (int64_t i = 0; i < lanes; i++) key[i] = keys + (n + i < N ? n + i : N - 1) * D;
    Lanes dots[lanes] = {};
    int64_t d = 0;
    for (; d + lanes <= D; d += lanes) {
      const Lanes some = at(q + d);
      for (int i = 0; i < lanes; i++) dots[i] += some * at(key[i] + d);
    }
    at(p + n) = sums(dots);
    for (; d < D; d++)
      for (int i = 0; i < lanes; i++) p[n + i] += q[d] * key[i][d];
  }
  for (int64_t n = N; n % lanes; n++) p[n] = -1e30f;
}

/** The mean of N values [D], weighted by softmax(q . key), of R queries [D]. `p` has room for R rows of `stride`, N rounded up to lanes. */
template <int R>
INLINE void attend(const float* q, const float* keys, const float* values, int64_t N, int64_t D, float* p, int64_t stride, float* y) {
  float inverse[R];
  for (int r = 0; r < R; r++) {
    float* row = p + r * stride;
    scores(q + r * D, keys, N, D, row);
    const float most = largest(row, N);
    Lanes total = {};
    for (int64_t n = 0; n < N; n += lanes) {
      Lanes e = at(row + n) - most;
      exponential(e);
      at(row + n) = e;
      total += e;
    }
    inverse[r] = 1.f / sum(total);
  }
  int64_t d = 0;
  for (; d + 4 * lanes <= D; d += 4 * lanes) {
    Lanes mean[R][4] = {};
    for (int64_t n = 0; n < N; n++) {
      const float* v = values + n * D + d;
      const Lanes v0 = at(v), v1 = at(v + lanes), v2 = at(v + 2 * lanes), v3 = at(v + 3 * lanes);
      for (int r = 0; r < R; r++) {
        const float weight = p[r * stride + n];
        mean[r][0] += weight * v0, mean[r][1] += weight * v1, mean[r][2] += weight * v2, mean[r][3] += weight * v3;
      }
    }
    for (int r = 0; r < R; r++)
      for (int i = 0; i < 4; i++) at(y + r * D + d + i * lanes) = mean[r][i] * inverse[r];
  }
  for (; d < D; d++) {
    for (int r = 0; r < R; r++) {
      float mean = 0;
      for (int64_t n = 0; n < N; n++) mean += p[r * stride + n] * values[n * D + d];
      y[r * D + d] = mean * inverse[r];
    }
  }
}

/** Writes the new keys and values of heads `from` .. `to` of all B K into the caches. */
INLINE void storeOf(const Attention& a, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, D = a.D;
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K;
    for (int64_t t = 0; t < a.T; t++) {
      const float* row = a.qkv + (b * a.T + t) * (H + 2 * K) * D;
      const int64_t column = a.position + t, place = (head * a.capacity + column) * D, position = column > a.padding[b] ? column - a.padding[b] : 0;
      rotate(row + (H + k) * D, a.kNorm, a.cosines + position * D, a.sines + position * D, D, a.epsilon, 1.f, a.keys + place);
      std::memcpy(a.values + place, row + (H + K + k) * D, D * sizeof(float));
    }
  }
}

/** Blocks `from` .. `to` of blocksOf(a) of every key/value head of all B K. A pad token gets 0. */
INLINE void attentionOf(const Attention& a, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, D = a.D, G = H / K, blocks = blocksOf(a);
  const int64_t stride = ((a.position + a.T - 1) / lanes + 1) * lanes;
  std::vector<float> room(4 * (stride + D));
  float *p = room.data(), *q = p + 4 * stride;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  for (int64_t block = from; block < to; block++) {
    const int64_t head = block / blocks, b = head / K, k = head % K, pad = a.padding[b];
    const float *keys = a.keys + (head * a.capacity + pad) * D, *values = a.values + (head * a.capacity + pad) * D;
    const int64_t first = block % blocks * blockTokens, last = first + blockTokens < a.T ? first + blockTokens : a.T;
    for (int64_t t = first; t < last; t++) {
      const int64_t N = a.position + t + 1 - pad;
      const float* row = a.qkv + (b * a.T + t) * (H + 2 * K) * D;
      float* y = a.y + (b * a.T + t) * H * D;
      if (N < 1) {
        std::memset(y + k * G * D, 0, G * D * sizeof(float));
        continue;
      }
      for (int64_t g = k * G; g < (k + 1) * G; g += 4) {
        const int64_t count = (k + 1) * G - g < 4 ? (k + 1) * G - g : 4;
        for (int64_t r = 0; r < count; r++) rotate(row + (g + r) * D, a.qNorm, a.cosines + (N - 1) * D, a.sines + (N - 1) * D, D, a.epsilon, factor, q + r * D);
        switch (count) {
          case 1: attend<1>(q, keys, values, N, D, p, stride, y + g * D); break;
          case 2: attend<2>(q, keys, values, N, D, p, stride, y + g * D); break;
          case 3: attend<3>(q, keys, values, N, D, p, stride, y + g * D); break;
          default: attend<4>(q, keys, values, N, D, p, stride, y + g * D);
        }
      }
    }
  }
}

FOR_EVERY_WIDTH(normalise, (const float* x, const float* delta, const float* weight, float* total, float* y, int64_t from, int64_t to, int64_t C, float epsilon), (x, delta, weight, total, y, from, to, C, epsilon))
FOR_EVERY_WIDTH(gate, (const float* x, float* y, int64_t from, int64_t to, int64_t F), (x, y, from, to, F))
FOR_EVERY_WIDTH(store, (const Attention& a, int64_t from, int64_t to), (a, from, to))
FOR_EVERY_WIDTH(attention, (const Attention& a, int64_t from, int64_t to), (a, from, to))

}  // namespace decoder
