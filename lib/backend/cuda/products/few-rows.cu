// What products of few rows are given: the rooms of products.cu and streamed.cu.

/** y = (adds ? y : 0) + scale·f(x)·W + bias of few rows. */
struct FewRows {
  const float* x;  // [rows, K], or [rows, 2K] if it is gated
  const void* w;   // [K, N]
  float* y;
  const float* norm;  // f is the RMS norm with this weight, unless it is null
  const float* bias;  // [N], or null
  int rows, K;
  i64 N;
  float scale, epsilon;
  int adds, gated;  // gated: f is silu(left half)·right half
};
