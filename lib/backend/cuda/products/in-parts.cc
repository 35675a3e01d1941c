#include "products/in-parts.h"

#include <algorithm>

namespace cuda {

namespace {

struct PartsLayout {  // of parts.cu
  int rows, columns, rowStretch, columnStretch, rowStretches, columnStretches;
  int64_t ahead, rowJump, columnJump, apart;
  int slots, order;
};

constexpr int orderOf(std::initializer_list<int> parts) {
  int order = 0, slot = 0;
  for (int part : parts) order |= part << 2 * slot++;
  return order;
}

/** Which part each slot of A and of B holds: slots of one number meet, the smallest products first. */
constexpr int slots = 6, orderOfA = orderOf({0, 1, 2, 0, 1, 0}), orderOfB = orderOf({2, 1, 0, 1, 0, 0});
constexpr int slotsBesideHalves = 3, orderBesideHalves = orderOf({2, 1, 0});

/**
 * Tensor cores cut a sum off where they add to it, by half a unit of its last place on average; an addition of float32
 * rounds. Sums of no more numbers than this are added up by rounding: the error is then that of cuBLAS's float32, which
 * twice this length would double.
 */
constexpr int64_t longestSum = 384;

/** The numbers that the sums run along, in stretches of equal length, of 16 bytes as tensor cores load them. */
struct Stretches {
  int64_t count, length;
  explicit Stretches(int64_t K)
      : count((K + longestSum - 1) / longestSum), length(((K + count - 1) / count + 7) / 8 * 8) {}
};

/** A or B, and room for its parts. The sums run along its columns, or along its rows. */
struct Side {
  const void* x;
  bool alongColumns;
  int64_t others, K;  // numbers of its other dimension, and of the one that the sums run along

  int64_t stride() const { return alongColumns ? K : others; }
  int64_t width() const { return (others + 7) / 8 * 8; }
  PartsLayout layout(const Stretches& s, int slotCount, int order) const {
    const int length = static_cast<int>(s.length), count = static_cast<int>(s.count);
    PartsLayout p;
    p.slots = slotCount, p.order = order;
    p.rows = static_cast<int>(alongColumns ? others : K), p.columns = static_cast<int>(alongColumns ? K : others);
    if (alongColumns) {  // a row holds its stretches, and a stretch its slots
      p.rowStretch = p.rows, p.rowStretches = 1, p.columnStretch = length, p.columnStretches = count;
      p.apart = s.length, p.rowJump = 0, p.columnJump = slotCount * p.apart, p.ahead = count * p.columnJump;
    } else {  // a stretch of rows holds its slots, each of them a matrix
      p.rowStretch = length, p.rowStretches = count, p.columnStretch = static_cast<int>(width()), p.columnStretches = 1;
      p.ahead = width(), p.apart = s.length * p.ahead, p.columnJump = 0, p.rowJump = slotCount * p.apart;
    }
    return p;
  }
};

/** Splits it, and returns where the parts lie. */
const uint16_t* split(Work& work, const Side& side, const PartsLayout& p, int room) {
  const int64_t rows = int64_t{p.rowStretch} * p.rowStretches, columns = int64_t{p.columnStretch} * p.columnStretches;
  float* parts = work.partsRoom(room, rows * columns * p.slots);
  work.launch("splitParts", {blocksOf(rows * columns / 4)}, {}, static_cast<const float*>(side.x), side.stride(), parts,
              p);
  return reinterpret_cast<const uint16_t*>(parts);
}

}  // namespace

bool paysInParts(const Work& work, const MatrixProduct& p) {
  const int64_t least = work.device.leastInParts();
  return precisionInUse() == Precision::f32 && std::min({p.M, p.N, p.K}) >= least &&
         p.M * p.N * p.K >= 8 * least * least * least;
}

void multiplyInParts(Work& work, const MatrixProduct& p) {
  const Side a{p.a, !p.transposeA, p.M, p.K}, b{p.b, p.transposeB, p.N, p.K};
  const Stretches s(p.K);
  const PartsLayout ofA = a.layout(s, slots, orderOfA), ofB = b.layout(s, slots, orderOfB);
  const uint16_t *left = split(work, a, ofA, 0), *right = split(work, b, ofB, 1);
  for (int64_t i = 0; i < s.count; i++) {
    MatrixProduct part{p.transposeA, p.transposeB,     p.M, p.N,  slots * s.length, p.alpha,  nullptr,
                       nullptr,      i ? 1.f : p.beta, p.c, true, ofA.ahead,        ofB.ahead};
    part.a = left + i * (ofA.rowJump + ofA.columnJump), part.b = right + i * (ofB.rowJump + ofB.columnJump);
    work.device.multiply(work.ownStream(), part);
  }
}

void multiplyWithHalves(Work& work, const MatrixProduct& p) {
  const Side a{p.a, !p.transposeA, p.M, p.K}, b{p.b, p.transposeB, p.N, p.K};
  const Stretches s(p.K);
  const PartsLayout ofA = a.layout(s, slotsBesideHalves, orderBesideHalves);
  const uint16_t *left = split(work, a, ofA, 0), *right = static_cast<const uint16_t*>(p.b);
  for (int64_t i = 0; i < s.count; i++)
    for (int slot = 0; slot < slotsBesideHalves; slot++) {
      MatrixProduct part{p.transposeA,
                         p.transposeB,
                         p.M,
                         p.N,
                         std::min(s.length, p.K - i * s.length),
                         p.alpha,
                         nullptr,
                         nullptr,
                         i || slot ? 1.f : p.beta,
                         p.c,
                         true,
                         ofA.ahead,
                         b.stride()};
      part.a = left + i * (ofA.rowJump + ofA.columnJump) + slot * ofA.apart;
      part.b = right + i * s.length * (b.alongColumns ? 1 : p.N);
      work.device.multiply(work.ownStream(), part);
    }
}

}  // namespace cuda
