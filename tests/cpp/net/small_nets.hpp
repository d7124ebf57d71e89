// Nets of a line or two: an input of 3 x 4 and inner products.
#pragma once

#include <string>

#include "net/net.hpp"
#include "schema/text.hpp"

namespace caffe::test {

inline NetParameter parsed(const std::string& text) {
  NetParameter param;
  parse_text(text, param);
  return param;
}

inline Net made(const std::string& text, Phase phase = TRAIN) {
  NetSetup setup;
  setup.state.set_phase(phase);
  setup.options.set_seed(1);
  return Net(parsed(text), setup);
}

inline const std::string kInput =
    "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 3 dim: 4 } } }\n";

inline std::string inner_product(const std::string& name, const std::string& bottom,
                                 const std::string& more = "") {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: '" + bottom + "' top: '" +
         name + "' inner_product_param { num_output: 4 weight_filler { type: 'xavier' } } " + more +
         " }\n";
}

// The layers' names, each with a blank behind it.
inline std::string names(const NetParameter& param) {
  std::string out;
  for (const LayerParameter& layer : param.layer) out += layer.name + " ";
  return out;
}

}  // namespace caffe::test
