// What the card that is there can do.
#pragma once

#include <string>
#include <vector>

#include "device/device.h"

namespace cuda {

Device* card();

struct CardReport {
  int capability = 0;  // 90 for compute capability 9.0
  struct Room {
    std::string name, refusal;  // the compiler's error, or empty
  };
  std::vector<Room> rooms;
};

CardReport cardReport();

}  // namespace cuda
