// How messages name a layer, and how the log names what makes nets.
#pragma once

#include <string>

#include "core/error.hpp"
#include "core/log.hpp"
#include "schema/messages.hpp"

namespace caffe {

// `lenet.prototxt:37: layer "conv2" (Convolution)`; `source` is "" for a definition without a file,
// and there is no line when it did not come from text.
inline std::string layer_label(const std::string& source, const LayerParameter& param) {
  std::string place;
  if (param.source_line > 0) {
    place = str(source.empty() ? "<text>" : source, ":", param.source_line, ": ");
  } else if (!source.empty()) {
    place = source + ": ";
  }
  return str(place, "layer ", quoted(param.name), " (", param.type, ")");
}

}  // namespace caffe

// Log lines of making a net say net.cpp, whichever file they come from: scripts look for it.
#define NET_LOG(...) CAFFE_LOG_FROM("net.cpp", kInfo, __VA_ARGS__)
