// A decoder's program whose operands lie on the card.
#pragma once

#include <functional>

#include "device/work.h"

namespace cuda {

/** Addresses are the card's. */
struct Loaded {
  const float* logits;  // [rows, columns], once `read` has run
  int64_t rows, columns;
  int *ids, *place;  // the lists that the program reads: the new tokens, and where their keys and values go
  std::function<void()> read;
};

/**
 * Loads the program and the operands among an operation's first inputs, and calls `use`, which may call `read` so many
 * times, a column further each time.
 */
void withProgram(Work& work, int inputs, int64_t times, const std::function<void(const Loaded&)>& use);

}  // namespace cuda
