// A shared library that is looked for when it is needed: nothing of CUDA is linked.
#pragma once

#include <dlfcn.h>

#include <initializer_list>
#include <string>

#include "device/device.h"

namespace cuda {

class Library {
 public:
  explicit Library(std::initializer_list<const char*> names) {
    for (const char* name : names)
      if ((handle = dlopen(name, RTLD_NOW | RTLD_LOCAL))) return;
    throw Failure(std::string(*names.begin()) + " is not to be found");
  }
  template <class F>
  void find(const char* name, F& function) const {
    function = reinterpret_cast<F>(dlsym(handle, name));
    if (!function) throw Failure(std::string("CUDA's ") + name + " is not to be found: the driver is too old");
  }

 private:
  void* handle = nullptr;
};

}  // namespace cuda
