// What is known of a layer type without making a layer: what nets, exports and drawings ask by the
// type alone. A class says it by static members of these names, which registry.hpp collects.
#pragma once

#include <string>

#include "layers/base/coordinate_map.hpp"

namespace caffe {

// What the layer is in a net: `static constexpr LayerPurpose purpose`.
enum class LayerPurpose {
  kComputes,
  kServes,  // its tops come from outside: data that is read, or that the user fills in
  kScores,  // it scores or writes what others compute, which does not need it: a loss, a metric
};

inline const char* purpose_name(LayerPurpose purpose) {
  switch (purpose) {
    case LayerPurpose::kServes:
      return "serves";
    case LayerPurpose::kScores:
      return "scores";
    default:
      return "computes";
  }
}

// How rows and columns of the top are those of a bottom: `coordinates`.
using Coordinates = CoordinateMap (*)(const LayerParameter& param);

struct LayerTraits {
  std::string family = "custom";  // the folder its file is in: "activation"
  LayerPurpose purpose = LayerPurpose::kComputes;
  Coordinates coordinates = nullptr;  // null: they are not
};

}  // namespace caffe
