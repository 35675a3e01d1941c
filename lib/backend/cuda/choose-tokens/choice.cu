// The choice of a token for each row of logits, as composed/sampling.ts makes it. A block computes a row. Masses are
// integers, in units of 2^-40 of the likeliest token's, so that sums do not depend on their order.

struct Choice {
  float temperature, topP, minP, penalty;
  int topK;
  i64 V;
};

__device__ __forceinline__ u64 massOf(float share) { return (u64)((double)share * 1099511627776.0); }

/** The sum over a block of integers, in every thread. */
__device__ __forceinline__ u64 blockTotal(u64 x, u64* parts) {
  for (int o = 16; o; o >>= 1) x += __shfl_xor_sync(ALL_LANES, x, o);
  __syncthreads();
  if (LANE == 0) parts[WARP] = x;
  __syncthreads();
  u64 total = 0;
  for (int i = 0; i < (int)(blockDim.x >> 5); i++) total += parts[i];
  return total;
}

/** The sum of the x of all threads before this one. */
__device__ __forceinline__ u64 blockBefore(u64 x, u64* each) {
  __syncthreads();
  each[threadIdx.x] = x;
  __syncthreads();
  if (threadIdx.x == 0) {
    u64 sum = 0;
    for (int i = 0; i < (int)blockDim.x; i++) {
      const u64 mine = each[i];
      each[i] = sum, sum += mine;
    }
  }
  __syncthreads();
  return each[threadIdx.x];
}

struct Boundary {
  float share;  // the smallest share at or above which there is enough
  u64 above;    // tokens, or mass, of larger shares
};

/**
 * Going down from the largest share, where the count of tokens, or their mass, reaches `target`: by a histogram of each
 * byte of the shares' bits, which order them. `table` has room for 256 sums and two results.
 */
__device__ __forceinline__ Boundary boundary(const float* shares, i64 V, u64 target, bool byMass, u64* table) {
  u32 prefix = 0, known = 0;
  u64 above = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    __syncthreads();
    for (int i = threadIdx.x; i < 256; i += blockDim.x) table[i] = 0;
    __syncthreads();
    for (i64 v = threadIdx.x; v < V; v += blockDim.x) {
      const u32 bits = __float_as_uint(shares[v]);
      if (bits && (bits & known) == prefix)
        atomicAdd(table + ((bits >> shift) & 255u), byMass ? massOf(shares[v]) : 1ull);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int bucket = 255;
      u64 sum = above;
      while (bucket > 0 && sum + table[bucket] < target) sum += table[bucket--];
      table[256] = bucket, table[257] = sum;
    }
    __syncthreads();
    prefix |= (u32)table[256] << shift, known |= 255u << shift, above = table[257];
  }
  return {__uint_as_float(prefix), above};
}

/**
 * @param draws [N] numbers in [0, 1), as doubles
 * @param forbidden [N, V / 32] bits, or null; @param seen tokens that the penalty falls on; @param starts [N + 1] where
 *   each row's begin, or null
 * @param shares [N, V] room; unused by the likeliest token of plain logits
 */
KERNEL chooseToken(const float* logits, const double* draws, const u32* forbidden, const int* seen, const int* starts,
                   float* shares, int* tokens, float* logps, Choice c) {
  __shared__ u64 each[1024];
  __shared__ u64 table[258];
  __shared__ float values[32];
  __shared__ int places[32];
  const i64 n = blockIdx.x, V = c.V, words = (V + 31) / 32;
  const float* plain = logits + n * V;
  float* own = shares + n * V;
  const bool changed = forbidden || starts;
  // the policy's own distribution
  float top = -INFINITE;
  bool isNumber = true;
  for (i64 v = threadIdx.x; v < V; v += blockDim.x)
    top = fmaxf(top, plain[v]), isNumber = isNumber && plain[v] == plain[v];
  top = blockMax(top);
  float sum = 0;
  for (i64 v = threadIdx.x; v < V; v += blockDim.x) sum += expf(plain[v] - top);
  sum = blockSum(sum);
  const float logTotal = top + logf(sum);
  isNumber = blockSum(isNumber ? 0.f : 1.f) == 0.f;
  // what the token is drawn from
  const float* from = plain;
  if (changed) {
    for (i64 v = threadIdx.x; v < V; v += blockDim.x)
      own[v] = plain[v] + (forbidden && forbidden[n * words + v / 32] >> (v & 31) & 1u ? -1e9f : 0.f);
    __syncthreads();
    if (starts)
      for (int i = starts[n] + threadIdx.x; i < starts[n + 1]; i += blockDim.x) {
        const float l = plain[seen[i]], added = own[seen[i]] - l;
        own[seen[i]] = (l > 0 ? l / c.penalty : l * c.penalty) + (added < -1e8f ? -1e9f : 0.f);
      }
    __syncthreads();
    from = own;
  }
  float best = -INFINITE;
  int place = 0;
  for (i64 v = threadIdx.x; v < V; v += blockDim.x)
    if (from[v] > best) best = from[v], place = (int)v;
  for (int o = 16; o; o >>= 1) {
    const float otherBest = __shfl_xor_sync(ALL_LANES, best, o);
    const int other = __shfl_xor_sync(ALL_LANES, place, o);
    if (otherBest > best || (otherBest == best && other < place)) best = otherBest, place = other;
  }
  if (LANE == 0) values[WARP] = best, places[WARP] = place;
  __syncthreads();
  for (int i = 0; i < (int)(blockDim.x >> 5); i++)
    if (values[i] > best || (values[i] == best && places[i] < place)) best = values[i], place = places[i];
  if (c.temperature > 0) {
    __syncthreads();
    for (i64 v = threadIdx.x; v < V; v += blockDim.x) own[v] = expf((from[v] - best) / c.temperature);
    __syncthreads();
    if (c.topK > 0 && c.topK < V) {
      const float least = boundary(own, V, c.topK, false, table).share;
      for (i64 v = threadIdx.x; v < V; v += blockDim.x)
        if (own[v] < least) own[v] = 0;
      __syncthreads();
    }
    const i64 part = (V + blockDim.x - 1) / blockDim.x, begin = min(V, part * threadIdx.x), end = min(V, begin + part);
    if (c.topP < 1) {
      u64 mass = 0;
      for (i64 v = begin; v < end; v++) mass += massOf(own[v]);
      const u64 target = (u64)((double)blockTotal(mass, each) * (double)c.topP);
      const Boundary edge = boundary(own, V, target, true, table);
      const u64 one = massOf(edge.share), missing = target > edge.above ? target - edge.above : 0;
      const u64 kept = one ? (missing + one - 1) / one : ~0ull;  // of the tokens at the edge, the lower ids stay
      u64 tied = 0;
      for (i64 v = begin; v < end; v++) tied += own[v] == edge.share;
      u64 rank = blockBefore(tied, each);
      for (i64 v = begin; v < end; v++)
        if (own[v] < edge.share || (own[v] == edge.share && rank++ >= kept)) own[v] = 0;
      __syncthreads();
    }
    if (c.minP > 0)
      for (i64 v = begin; v < end; v++)
        if (own[v] < c.minP) own[v] = 0;
    u64 mass = 0;
    for (i64 v = begin; v < end; v++) mass += massOf(own[v]);
    const u64 all = blockTotal(mass, each), before = blockBefore(mass, each);
    const u64 target = (u64)((double)all * draws[n]);
    if (threadIdx.x == 0) table[0] = place;  // where no token has mass
    __syncthreads();
    if (before <= target && target < before + mass) {
      u64 passed = before;
      i64 v = begin;
      while (v < end - 1 && passed + massOf(own[v]) <= target) passed += massOf(own[v++]);
      table[0] = v;
    }
    __syncthreads();
    place = (int)table[0];
  }
  if (threadIdx.x == 0) {
    tokens[n] = place;
    logps[n] = isNumber ? plain[place] - logTotal : __uint_as_float(0x7fc00000u);
  }
}
