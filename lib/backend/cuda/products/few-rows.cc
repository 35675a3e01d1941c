// Which kernel computes a product of few rows, and by how many blocks.

#include <algorithm>

#include "device/work.h"

namespace cuda {

namespace {

/** How a kernel of streamed.cu reads a matrix, by how many warps a block, and how many blocks share their columns. */
struct Plan {
  const char* layout;
  int64_t columns;  // of a block
  unsigned warps, blocks = 1;
};

Plan planOf(Device& device, const FewRows& p, int64_t each, bool transposed) {
  if (transposed) return {"Turned", 64, 4};
  const int64_t groups = blocksOf(p.rows, 16), processors = device.processors();
  // a warp's first reads are nearly all of its work: most multiprocessors take part if the columns are few
  const int64_t narrow = groups * blocksOf(p.N, 4 * each);
  if (p.K <= 1024 && narrow <= 2 * processors) return {"Narrow", 4 * each, narrow <= processors ? 16u : 8u};
  Plan plan{"Wide", 8 * each, p.rows <= 8 ? 8u : 16u};
  // all blocks run at once; of large ones, fewer than there are multiprocessors were the faster on an H200
  const int64_t tiles = groups * blocksOf(p.N, 8 * each), most = p.rows <= 8 ? 2 * processors : processors * 3 / 4;
  while (device.hasClusters() && plan.blocks < 8 && 2 * plan.blocks * tiles <= most &&
         2 * plan.blocks * plan.warps * 16 <= p.K)
    plan.blocks *= 2;
  return plan;
}

/** On tensor cores, if the card has them and rows of the matrix begin at whole 16 bytes. */
bool streamed(Work& work, const FewRows& p, bool half, bool transposed, bool early) {
  const int64_t each = half ? 8 : 4, rows = p.rows <= 8 ? 8 : 16;  // numbers of 16 bytes; rows of a block
  const Plan plan = planOf(work.device, p, each, transposed);
  const std::string name = std::string("streamed") + plan.layout + (half ? "Half" : "") + std::to_string(rows);
  if (!work.device.has(name) || p.K % (transposed ? each : 4) || (!transposed && p.N % each) || !isWhole(p.x) ||
      !isWhole(p.w) || !isWhole(p.norm))
    return false;
  const size_t numbers = plan.warps * rows * (plan.columns + 1);
  work.launch(name.c_str(), {plan.blocks, blocksOf(p.N, plan.columns), blocksOf(p.rows, rows)},
              {plan.warps * 32, 1, numbers * sizeof(float), plan.blocks, early && work.device.hasClusters()}, p);
  return true;
}

}  // namespace

void Work::fewRowProduct(const FewRows& p, bool half, bool transposed, bool early) {
  if (streamed(*this, p, half, transposed, early)) return;
  constexpr int64_t warps = 16, most = 1536;  // of products.cu
  const std::string kind = half ? "Half" : "";
  if (transposed) {
    const int M = p.rows == 1 ? 1 : p.rows <= 4 ? 4 : p.rows <= 8 ? 8 : 16;
    return launch(("turnedProduct" + kind + std::to_string(M)).c_str(), {blocksOf(p.rows, M), blocksOf(p.N, 32)}, {256},
                  p.x, p.w, p.y, p.rows, p.K, p.N, p.scale, p.adds);
  }
  const int64_t M = p.rows == 1 ? 1 : p.rows <= 4 ? 4 : 8, each = half ? 2 : 1;
  const int64_t groups = blocksOf(p.rows, M);
  // all lanes of a warp read a row where that makes blocks for every multiprocessor
  const int64_t lanes = groups * blocksOf(p.N, 32 * each) >= device.processors() ? 32 : 8;
  const int64_t numbers = std::max(M * std::min<int64_t>(p.K, most), warps * M * lanes * each);
  launch(("rowProduct" + kind + std::to_string(M) + "x" + std::to_string(lanes)).c_str(),
         {static_cast<unsigned>(groups), blocksOf(p.N, lanes * each)},
         {512, 1, static_cast<size_t>(numbers) * sizeof(float)}, p);
}

}  // namespace cuda
