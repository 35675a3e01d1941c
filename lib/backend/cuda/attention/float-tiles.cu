// Tiles of attention as float32 numbers in shared memory, of which tensor cores read 10 bits, or all by parts.

/**
 * With DT tiles of 8 dimensions, a row has 8·DT + 4 numbers, so that a warp's reads meet no bank twice.
 */
template <int DT, bool exact>
struct FloatTiles {
  static constexpr int dimensions = DT, S = 8 * DT + 4, ownWords = ownRows * S;
  /** Of other rows, which lie in one form, whatever they serve for. */
  static constexpr __device__ int otherWords(bool, bool) { return otherRows * S; }
  static constexpr int addedAt = 0;

  /** Rows `first` … of x, `stride` numbers apart, into shared memory; zeros past T and past D. */
  template <int rows>
  static __device__ __forceinline__ void fill(const float* x, i64 stride, int first, int T, int D, float* room) {
    constexpr int wide = 8 * DT;
    if (D & 3) {
      for (int i = threadIdx.x; i < rows * wide; i += blockDim.x) {
        const int r = i / wide, d = i % wide;
        room[r * S + d] = first + r < T && d < D ? x[(first + r) * stride + d] : 0.f;
      }
      return;
    }
    for (int i = threadIdx.x; i < rows * wide / 4; i += blockDim.x) {
      const int r = i / (wide / 4), d = 4 * (i % (wide / 4));
      const float4 zeros = {0.f, 0.f, 0.f, 0.f};
      *reinterpret_cast<float4*>(room + r * S + d) =
          first + r < T && d < D ? *reinterpret_cast<const float4*>(x + (first + r) * stride + d) : zeros;
    }
  }

  /** s = own·otherᵀ, of the warp's 16 rows of `own` and of all rows of `other`. */
  static __device__ __forceinline__ void rowProducts(const float* own, const float* other, float (&s)[otherTiles][4]) {
    const int g = TILE_G, t = TILE_T;
#pragma unroll
    for (int n = 0; n < otherTiles; n++) s[n][0] = s[n][1] = s[n][2] = s[n][3] = 0;
    const float* mine = own + (16 * WARP + g) * S + t;
#pragma unroll
    for (int d = 0; d < DT; d++) {
      Parts<4, exact> a;
      a.set(0, mine[8 * d]), a.set(1, mine[8 * S + 8 * d]), a.set(2, mine[8 * d + 4]),
          a.set(3, mine[8 * S + 8 * d + 4]);
#pragma unroll
      for (int n = 0; n < otherTiles; n++) {
        const float* theirs = other + (8 * n + g) * S + 8 * d + t;
        Parts<2, exact> b;
        b.set(0, theirs[0]), b.set(1, theirs[4]);
        multiplyTile<exact>(s[n], a, b);
      }
    }
  }

  /**
   * sum += w·other, of the warp's weights w [16, 32]. The sums' columns 2t and 2t + 1 serve as A's columns t and t + 4;
   * the rows of `other` are read in the same order.
   */
  static __device__ __forceinline__ void addWeighted(const float (&w)[otherTiles][4], const float* other,
                                                     float (&sum)[DT][4]) {
    const int g = TILE_G, t = TILE_T;
    Parts<4, exact> a[otherTiles];
#pragma unroll
    for (int n = 0; n < otherTiles; n++)
      a[n].set(0, w[n][0]), a[n].set(1, w[n][2]), a[n].set(2, w[n][1]), a[n].set(3, w[n][3]);
#pragma unroll
    for (int d = 0; d < DT; d++) {
      float some[4] = {0, 0, 0, 0};
#pragma unroll
      for (int n = 0; n < otherTiles; n++) {
        const float* theirs = other + (8 * n + 2 * t) * S + 8 * d + g;
        Parts<2, exact> b;
        b.set(0, theirs[0]), b.set(1, theirs[S]);
        multiplyTile<exact>(some, a[n], b);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) sum[d][i] += some[i];
    }
  }

  static __device__ __forceinline__ void fillOwn(const float* x, i64 stride, int first, int T, int D, float* room) {
    fill<ownRows>(x, stride, first, T, D, room);
  }
  template <bool multiplied, bool added>
  static __device__ __forceinline__ void fillOther(const float* x, i64 stride, int first, int T, int D, float* room) {
    fill<otherRows>(x, stride, first, T, D, room);
  }
};
