// How messages name a layer.
#pragma once

#include <string>

#include "core/error.hpp"
#include "schema/messages.hpp"

namespace caffe {

// `line 37: layer "conv2" (Convolution)`; no line when the definition is not from text.
inline std::string layer_label(const LayerParameter& param) {
  const std::string line = param.source_line > 0 ? str("line ", param.source_line, ": ") : "";
  return str(line, "layer ", quoted(param.name), " (", param.type, ")");
}

}  // namespace caffe
