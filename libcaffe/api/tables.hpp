// Tables of callbacks that grow: taking one from a program that knows an older or newer caffe.h.
//
// The size in front of a table is its version, as in Linux's extensible system calls (clone3,
// openat2; copy_struct_from_user in the kernel's linux/uaccess.h). A shorter table is an older
// program's: what it does not have is zero, so whatever a table gains has to mean "as before" when
// it is zero. A longer one is a newer program's, and taken as long as all that this library does
// not know is zero: the program does not use it. Were a longer one refused outright, as libgit2
// does by its version numbers, a plugin would need a library as new as the header it was compiled
// with; were the rest ignored, as in Vulkan's chains, a callback that the program counts on would
// never be called.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "api/barrier.hpp"

namespace caffe::api {

// The table as this library knows it. `first` is the size of the first one that was released; the
// argument is called `name`.
template <class Table>
Table known_part(const Table& given, size_t first, const char* name) {
  constexpr size_t kMostSize = 4096;  // more is no size but chance
  const size_t size = given.size;
  if (size < first || size > kMostSize || size % alignof(Table) != 0) {
    fail_argument(name, "->size is ", size, ", not the sizeof of its type (", sizeof(Table),
                  " in version ", caffe_version(), ")");
  }
  const char* bytes = reinterpret_cast<const char*>(&given);
  if (std::any_of(bytes + std::min(size, sizeof(Table)), bytes + size,
                  [](char byte) { return byte != 0; })) {
    fail(Status::kUnsupported, "the table of ", name, " has functions this library (",
         caffe_version(), ") does not know");
  }
  Table known{};
  std::memcpy(&known, bytes, std::min(size, sizeof(Table)));
  known.size = sizeof(Table);
  return known;
}

}  // namespace caffe::api
