// CUDA kernels compiled for the card that is there, room by room, and kept in the user's cache.
#pragma once

#include <string>

namespace cuda {

/**
 * The machine code of a room's source for compute capability major.minor: from the cache, or compiled by NVRTC.
 * Throws Failure with the compiler's first error.
 */
std::string compiled(const std::string& room, const std::string& source, int major, int minor);

}  // namespace cuda
