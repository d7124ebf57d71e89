// What the tools that make databases of MNIST's files do alike.
#pragma once

#include <cstdint>
#include <functional>

#include "schema/messages.hpp"
#include "tool/flags.hpp"
#include "tool/idx.hpp"

namespace caffe::tool {

// The words of a tool's log.
struct MnistLog {
  const char *file, *opens, *records;
};

// Makes the database DB_NAME of IMAGE_FILE and LABEL_FILE, the words of `flags`: as many records as
// there are images, each of their size. `fill` writes the channels, the data and the label of
// record `n`.
int convert_mnist(
    const Flags& flags, const MnistLog& log,
    const std::function<void(const Idx& images, const Idx& labels, int64_t n, Datum& datum)>& fill);

}  // namespace caffe::tool
