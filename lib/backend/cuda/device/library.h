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
    std::string reason;  // of the first, whose version this addon is made for
    for (const char* each : names) {
      if ((handle = dlopen(each, RTLD_NOW | RTLD_LOCAL))) {
        name = each;
        return;
      }
      const char* error = dlerror();
      if (reason.empty() && error) reason = error;
    }
    throw Failure(std::string(*names.begin()) + " is not to be found (" + reason + ")");
  }
  template <class F>
  void find(const char* function, F& found) const {
    found = reinterpret_cast<F>(dlsym(handle, function));
    if (!found) throw Failure(name + " has no " + function + ": this version of it is too old");
  }

 private:
  void* handle = nullptr;
  std::string name;
};

}  // namespace cuda
