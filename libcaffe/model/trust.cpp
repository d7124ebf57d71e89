#include "model/trust.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace caffe {

void check_trusted(const NetParameter& definition, const ModelCard& card) {
  for (const LayerParameter& layer : definition.layer) {
    if (layer.type != "Python") continue;
    const std::string& module = layer.python_param->module;
    const std::string name = module + "." + layer.python_param->layer;
    const auto& trusted = card.trusted_layers;
    if (std::find(trusted.begin(), trusted.end(), module) != trusted.end() ||
        std::find(trusted.begin(), trusted.end(), name) != trusted.end()) {
      continue;
    }
    fail(Status::kUnsupported, card.path_of(card.definition), ": layer ", quoted(layer.name),
         " would run the Python code ", name, ", which the card's trusted_layers do not name; ",
         "read it, and then open the model with the option trust (in Python, trust=True)");
  }
}

}  // namespace caffe
