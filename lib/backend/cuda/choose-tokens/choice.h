// How a token is chosen.
#pragma once

#include <cstring>

#include "device/work.h"

namespace cuda {

struct Choice {  // of choice.cu
  float temperature, topP, minP, penalty;
  int topK;
  int64_t V;
};

/** Of five integers: the bits of temperature, top-p, min-p and penalty, then top-k. */
inline Choice choiceOf(const Input& settings, int64_t V) {
  float bits[4];
  std::memcpy(bits, settings.integers(), sizeof bits);
  return {bits[0], bits[1], bits[2], bits[3], settings.integers()[4], V};
}

}  // namespace cuda
