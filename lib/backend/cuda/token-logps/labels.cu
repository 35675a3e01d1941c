// Log-probabilities of labels and entropies, from the logits of a slice of the vocabulary. A block computes a row.

/** Sums of e^(l - most) and of e^(l - most)·l over the logits that have been added. */
struct LogitSums {
  float most = -INFINITE, total = 0, weighted = 0;
  __device__ __forceinline__ void add(float l) {
    if (l > most) {
      const float shrink = __expf(most - l);
      total *= shrink, weighted *= shrink, most = l;
    }
    const float e = __expf(l - most);
    total += e, weighted += e * l;
  }
};

/** Sums [N, 4] of the logits l of a slice: max l; Σ e^(l - max); Σ e^(l - max)·l; l of the label, or 0 outside. */
KERNEL labelSums(const float* logits, const int* labels, float* sums, i64 V, i64 first) {
  const i64 n = blockIdx.x;
  const float* row = logits + n * V;
  LogitSums own;
  if (V & 3)
    for (i64 v = threadIdx.x; v < V; v += blockDim.x) own.add(row[v]);
  else
    for (i64 v = threadIdx.x; v < V / 4; v += blockDim.x) {
      const float4 l = reinterpret_cast<const float4*>(row)[v];
      own.add(l.x), own.add(l.y), own.add(l.z), own.add(l.w);
    }
  const float most = blockMax(own.most), shrink = own.total > 0 ? __expf(own.most - most) : 0.f;
  const float total = blockSum(own.total * shrink), weighted = blockSum(own.weighted * shrink);
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
  const auto at = [&](float l, i64 v) {
    return __expf(l - all) * (dEntropy * expected - dLogp - l * dEntropy) + (label == v ? dLogp : 0.f);
  };
  const i64 begin = (i64)blockIdx.y * blockDim.x + threadIdx.x, step = (i64)gridDim.y * blockDim.x;
  if (V & 3) {
    for (i64 v = begin; v < V; v += step) d[n * V + v] = at(logits[n * V + v], v);
    return;
  }
  for (i64 i = begin; i < V / 4; i += step) {
    const float4 l = reinterpret_cast<const float4*>(logits + n * V)[i];
    reinterpret_cast<float4*>(d + n * V)[i] = {at(l.x, 4 * i), at(l.y, 4 * i + 1), at(l.z, 4 * i + 2),
                                               at(l.w, 4 * i + 3)};
  }
}
