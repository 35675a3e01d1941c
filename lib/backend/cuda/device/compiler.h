// CUDA kernels compiled for the card that is there, room by room, and kept in the user's cache.
#pragma once

#include <string>

namespace cuda {

/**
 * The machine code of a room's source for compute capability major.minor: from the cache, or compiled by NVRTC. For a
 * card that is newer than the compiler it is PTX, which the driver compiles. `anew` leaves the cache's file unread.
 * Throws Failure with the compiler's first error.
 */
std::string compiled(const std::string& room, const std::string& source, int major, int minor, bool anew = false);

}  // namespace cuda
