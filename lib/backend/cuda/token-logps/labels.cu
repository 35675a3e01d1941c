// Log-probabilities of labels and entropies, from the logits of a slice of the vocabulary. A block computes a row.

/** Sums [N, 4] of the logits l of a slice: max l; Σ e^(l - max); Σ e^(l - max)·l; l of the label, or 0 outside. */
KERNEL labelSums(const float* logits, const int* labels, float* sums, i64 V, i64 first) {
  const i64 n = blockIdx.x;
  const float* row = logits + n * V;
  float most = -INFINITE;
  for (i64 v = threadIdx.x; v < V; v += blockDim.x) most = fmaxf(most, row[v]);
  most = blockMax(most);
  float total = 0, weighted = 0;
  for (i64 v = threadIdx.x; v < V; v += blockDim.x) {
    const float l = row[v], e = __expf(l - most);
    total += e, weighted += e * l;
  }
  total = blockSum(total), weighted = blockSum(weighted);
  if (threadIdx.x == 0) {
    const i64 label = labels[n] - first;
    float* out = sums + 4 * n;
    out[0] = most, out[1] = total, out[2] = weighted, out[3] = label >= 0 && label < V ? row[label] : 0.f;
  }
}

/** Adds the sums [N, 4] of a further slice to those of earlier ones. */
KERNEL joinLabelSums(float* sums, const float* further, int N) {
  const int n = blockIdx.x * blockDim.x + threadIdx.x;
  if (n >= N) return;
  float* a = sums + 4 * n;
  const float* b = further + 4 * n;
  const float most = fmaxf(a[0], b[0]), left = expf(a[0] - most), right = expf(b[0] - most);
  a[0] = most, a[1] = a[1] * left + b[1] * right, a[2] = a[2] * left + b[2] * right, a[3] += b[3];
}

/** From sums [N, 4]: value [N, 2] of log-probability and entropy, and statistics [N, 2] of log Σ e^l and Σ p·l. */
KERNEL labelValues(const float* sums, float* value, float* statistics, int N) {
  const int n = blockIdx.x * blockDim.x + threadIdx.x;
  if (n >= N) return;
  const float* s = sums + 4 * n;
  const float logTotal = s[0] + logf(s[1]), mean = s[2] / s[1];
  statistics[2 * n] = logTotal, statistics[2 * n + 1] = mean;
  value[2 * n] = s[3] - logTotal, value[2 * n + 1] = logTotal - mean;
}

/**
 * The gradient in the logits of a slice times `factor`, into d [N, V], which may be the logits. A row of stat holds
 * log Σ e^l and Σ p·l, `statStride` numbers apart; dy [N, 2] is that of log-probability and entropy.
 */
KERNEL labelGrad(const float* logits, const int* labels, const float* logTotal, const float* mean, int statStride,
                 const float* dy, float* d, i64 V, i64 first, float factor) {
  const i64 n = blockIdx.x, label = labels[n] - first;
  const float all = logTotal[n * statStride], expected = mean[n * statStride];
  const float dLogp = dy[2 * n] * factor, dEntropy = dy[2 * n + 1] * factor;
  for (i64 v = (i64)blockIdx.y * blockDim.x + threadIdx.x; v < V; v += (i64)gridDim.y * blockDim.x) {
    const float l = logits[n * V + v];
    float out = __expf(l - all) * (dEntropy * expected - dLogp - l * dEntropy);
    if (label == v) out += dLogp;
    d[n * V + v] = out;
  }
}
