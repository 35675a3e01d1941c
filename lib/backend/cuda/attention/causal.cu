// Which token attends to which. A pad token on the left attends to itself, and no other token attends to it.

struct Heads {
  int B, H, K, T, D;
};

__device__ __forceinline__ bool attends(int t, int j, int pad, int T) {
  return t < T && j <= t && (j >= pad || j == t);
}
