// Tiles of attention as bfloat16 in shared memory.

/**
 * With DT tiles of 8 dimensions, rows that are multiplied have pairs of neighbouring dimensions; of rows that are
 * added, a pair has the same dimension of two neighbouring rows. These are the pairs that tensor cores read. Four or
 * eight words more than a row needs keep a warp's reads in different banks.
 */
template <int DT>
struct HalfTiles {
  static constexpr int dimensions = DT, S = 4 * DT + 4, paired = 8 * DT + 8, ownWords = ownRows * S;
  static constexpr __device__ int otherWords(bool multiplied, bool added) {
    return (multiplied ? otherRows * S : 0) + (added ? otherRows / 2 * paired : 0);
  }
  /** Where the pairs of rows begin that are multiplied and added. */
  static constexpr int addedAt = otherRows * S;

  /** Dimensions d to d + 3 of a row. Zeros past T and past D. */
  static __device__ __forceinline__ float4 fourOf(const float* x, i64 stride, int row, int T, int d, int D) {
    const float* at = x + row * stride + d;
    if (row >= T || d >= D) return {0.f, 0.f, 0.f, 0.f};
    if ((D & 3) == 0) return *reinterpret_cast<const float4*>(at);
    return {at[0], at[1], d + 2 < D ? at[2] : 0.f, d + 2 < D ? at[3] : 0.f};  // D is even
  }

  static __device__ __forceinline__ void fillOwn(const float* x, i64 stride, int first, int T, int D, float* room) {
    for (int i = threadIdx.x; i < ownRows * 2 * DT; i += blockDim.x) {
      const int r = i / (2 * DT), d = 4 * (i % (2 * DT));
      setFour(reinterpret_cast<uint2*>(room + r * S + d / 2), fourOf(x, stride, first + r, T, d, D));
    }
  }

  template <bool multiplied, bool added>
  static __device__ __forceinline__ void fillOther(const float* x, i64 stride, int first, int T, int D, float* room) {
    float* pairs = room + (multiplied ? addedAt : 0);
    for (int i = threadIdx.x; i < otherRows * DT; i += blockDim.x) {
      const int r = i / (2 * DT) * 2, d = 4 * (i % (2 * DT));
      const float4 one = fourOf(x, stride, first + r, T, d, D), two = fourOf(x, stride, first + r + 1, T, d, D);
      if (multiplied) {
        setFour(reinterpret_cast<uint2*>(room + r * S + d / 2), one);
        setFour(reinterpret_cast<uint2*>(room + (r + 1) * S + d / 2), two);
      }
      if (added) {
        uint2* to = reinterpret_cast<uint2*>(pairs + r / 2 * paired + d);
        to[0] = {pairOf(one.x, two.x), pairOf(one.y, two.y)}, to[1] = {pairOf(one.z, two.z), pairOf(one.w, two.w)};
      }
    }
  }

  /** s = own·otherᵀ, of the warp's 16 rows of `own` and of all rows of `other`. */
  static __device__ __forceinline__ void rowProducts(const float* own, const float* other, float (&s)[otherTiles][4]) {
    const int g = TILE_G, t = TILE_T;
#pragma unroll
    for (int n = 0; n < otherTiles; n++) s[n][0] = s[n][1] = s[n][2] = s[n][3] = 0;
    const u32* mine = reinterpret_cast<const u32*>(own) + (16 * WARP + g) * S + t;
    const u32* theirs = reinterpret_cast<const u32*>(other) + g * S + t;
#pragma unroll
    for (int d = 0; d < DT / 2; d++) {
      const u32 a[4] = {mine[8 * d], mine[8 * S + 8 * d], mine[8 * d + 4], mine[8 * S + 8 * d + 4]};
#pragma unroll
      for (int n = 0; n < otherTiles; n++) {
        const u32 b[2] = {theirs[8 * n * S + 8 * d], theirs[8 * n * S + 8 * d + 4]};
        tensorCore(s[n], a, b);
      }
    }
  }

  /** sum += w·other, of the warp's weights w [16, 32]: two tiles of sums are one of A. */
  static __device__ __forceinline__ void addWeighted(const float (&w)[otherTiles][4], const float* other,
                                                     float (&sum)[DT][4]) {
    const u32* theirs = reinterpret_cast<const u32*>(other) + TILE_T * paired + TILE_G;
#pragma unroll
    for (int n = 0; n < otherTiles; n += 2) {
      const u32 a[4] = {pairOf(w[n][0], w[n][1]), pairOf(w[n][2], w[n][3]), pairOf(w[n + 1][0], w[n + 1][1]),
                        pairOf(w[n + 1][2], w[n + 1][3])};
#pragma unroll
      for (int d = 0; d < DT; d++) {
        const u32 b[2] = {theirs[4 * n * paired + 8 * d], theirs[(4 * n + 4) * paired + 8 * d]};
        tensorCore(sum[d], a, b);
      }
    }
  }
};
