#include "products/in-parts.h"

#include <algorithm>

namespace cuda {

namespace {

constexpr int slotsOf(std::initializer_list<int> parts) {
  int order = 0, slot = 0;
  for (int part : parts) order |= part << 2 * slot++;
  return order;
}

/** Slots of A and of B, from here on, whose numbers one product of matrices multiplies with each other and adds up. */
struct Run {
  int a, b, slots;
};

/** Which part of a number each slot of A and of B holds, and the products, of the smallest numbers first. */
struct Plan {
  int slots, a, b;
  std::initializer_list<Run> runs;
};
const Plan threeProducts{3, slotsOf({0, 1, 2}), slotsOf({2, 1, 0}), {{0, 0, 3}, {0, 1, 2}, {0, 2, 1}}};
const Plan oneProduct{6, slotsOf({0, 1, 2, 0, 1, 0}), slotsOf({2, 1, 0, 1, 0, 0}), {{0, 0, 6}}};
const Plan withHalves{3, slotsOf({0, 1, 2}), 0, {{2, 0, 1}, {1, 0, 1}, {0, 0, 1}}};  // B is one part, where it lies

int64_t padded(int64_t numbers) { return (numbers + 7) / 8 * 8; }  // 16 bytes, which tensor cores load at once

/** A or B: the sums run along its columns, or along its rows. Of it, K numbers are split at a time. */
struct Side {
  const float* x;
  bool alongColumns;
  int64_t others, K;  // numbers of its other dimension, and of the one that the sums run along
  float* parts = nullptr;

  int64_t stride() const { return alongColumns ? K : others; }
  int64_t start(int64_t from) const { return alongColumns ? from : from * stride(); }
  const void* halves(int64_t from) const { return reinterpret_cast<const uint16_t*>(x) + start(from); }
  int64_t width(int64_t some) const { return padded(alongColumns ? some : others); }
  /** Numbers from one row of the parts to the next. */
  int64_t ahead(int64_t some, int slots) const { return alongColumns ? slots * width(some) : width(some); }
  /** Numbers from one slot to the next. */
  int64_t apart(int64_t some) const { return alongColumns ? width(some) : padded(some) * width(some); }
  int64_t numbers(int64_t some, int slots) const {
    return alongColumns ? others * ahead(some, slots) : slots * apart(some);
  }
  const void* slot(int64_t i, int64_t some) const { return reinterpret_cast<const uint16_t*>(parts) + i * apart(some); }
  void split(Work& work, int64_t from, int64_t some, int order, int slots) const {
    const int64_t rows = alongColumns ? others : some, columns = alongColumns ? some : others,
                  paddedRows = alongColumns ? rows : padded(rows);
    work.launch("splitParts", {blocksOf(paddedRows * (width(some) / 4))}, {}, x + start(from), stride(), parts,
                static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(paddedRows),
                static_cast<int>(width(some)), ahead(some, slots), apart(some), order, slots);
  }
};

/** Tensor cores cut a sum off where they add to it. Sums of so many numbers are added up by rounding. */
constexpr int64_t longestSum = 2048;

}  // namespace

bool paysInParts(const Work& work, const MatrixProduct& p) {
  return precisionInUse() == Precision::f32 && std::min({p.M, p.N, p.K}) >= 32 &&
         p.M * p.N * p.K >= work.device.fewestInParts();
}

void multiplyInParts(Work& work, const MatrixProduct& p, bool bIsHalf) {
  Side a{static_cast<const float*>(p.a), !p.transposeA, p.M, p.K};
  Side b{static_cast<const float*>(p.b), p.transposeB, p.N, p.K};
  // six slots are three more of A and B to write and to read; three products write and read C twice more
  const bool isWide = 6 * p.K * (p.M + p.N) < 16 * p.M * p.N;
  const Plan& plan = bIsHalf ? withHalves : isWide ? oneProduct : threeProducts;
  const int64_t most = std::min(p.K, longestSum);
  a.parts = work.partsRoom(0, a.numbers(most, plan.slots));
  if (!bIsHalf) b.parts = work.partsRoom(1, b.numbers(most, plan.slots));
  float beta = p.beta;
  for (int64_t from = 0; from < p.K; from += most) {
    const int64_t some = std::min(most, p.K - from);
    a.split(work, from, some, plan.a, plan.slots);
    if (!bIsHalf) b.split(work, from, some, plan.b, plan.slots);
    for (const Run& run : plan.runs) {
      MatrixProduct part = p;
      part.half = true, part.K = bIsHalf ? some : run.slots * padded(some), part.beta = beta;
      part.a = a.slot(run.a, some), part.lda = a.ahead(some, plan.slots);
      part.b = bIsHalf ? b.halves(from) : b.slot(run.b, some);
      part.ldb = bIsHalf ? b.stride() : b.ahead(some, plan.slots);
      work.device.multiply(work.ownStream(), part);
      beta = 1;
    }
  }
}

}  // namespace cuda
