#include "net/crop_offsets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "layers/convolution/convolution_geometry.hpp"
#include "layers/pooling/pooling_geometry.hpp"
#include "net/label.hpp"

namespace caffe {

namespace {

// Rows and columns of one blob as those of another: x -> scale x + shift.
struct PlaceMap {
  std::array<double, 2> scale = {1, 1}, shift = {0, 0};

  PlaceMap after(const PlaceMap& inner) const {
    PlaceMap map;
    for (size_t i = 0; i < 2; ++i) {
      map.scale[i] = scale[i] * inner.scale[i];
      map.shift[i] = scale[i] * inner.shift[i] + shift[i];
    }
    return map;
  }

  PlaceMap inverse() const {
    PlaceMap map;
    for (size_t i = 0; i < 2; ++i) {
      map.scale[i] = 1 / scale[i];
      map.shift[i] = -shift[i] / scale[i];
    }
    return map;
  }
};

// From a bottom to the top whose windows' middles are its places.
PlaceMap windows(std::array<int64_t, 2> extent, std::array<int64_t, 2> stride,
                 std::array<int64_t, 2> pad) {
  PlaceMap map;
  for (size_t i = 0; i < 2; ++i) {
    const auto step = static_cast<double>(stride[i]);
    map.scale[i] = 1 / step;
    map.shift[i] = (static_cast<double>(pad[i]) - static_cast<double>(extent[i] - 1) / 2) / step;
  }
  return map;
}

PlaceMap convolution_windows(const ConvolutionParameter& param) {
  const ConvolutionGeometry geometry = read_geometry(param, 2);
  return windows({geometry.extent(0), geometry.extent(1)}, {geometry.stride[0], geometry.stride[1]},
                 {geometry.pad[0], geometry.pad[1]});
}

PlaceMap pooling_windows(const PoolingParameter& param) {
  const PoolingGeometry geometry = read_geometry(param);
  if (geometry.kernel.h == 0) {
    fail(Status::kInvalidArgument, "its kernel is as large as its bottom");
  }
  return windows({geometry.kernel.h, geometry.kernel.w}, {geometry.stride.h, geometry.stride.w},
                 {geometry.pad.h, geometry.pad.w});
}

PlaceMap crop_shift(const CropParameter& param) {
  PlaceMap map;
  const size_t count = param.offset.size();
  // The offsets of rows and columns are the last ones.
  for (size_t i = 0; i < 2 && count > 0; ++i) {
    map.shift[i] = -static_cast<double>(count < 2 ? param.offset[0] : param.offset[count - 2 + i]);
  }
  return map;
}

bool keeps_places(const std::string& type) {
  static constexpr const char* kTypes[] = {
      "AbsVal",    "BN",    "BNLL",    "BatchNorm", "Bias",     "Clip",  "Concat",
      "Dropout",   "ELU",   "Eltwise", "Exp",       "LRN",      "Log",   "MVN",
      "Normalize", "PReLU", "Power",   "ReLU",      "ReLU6",    "Scale", "Sigmoid",
      "Softmax",   "Split", "Swish",   "TanH",      "Threshold"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

// The bottom that the top's places are those of: the first one, but for UnPooling to the size of
// its second.
const std::string& followed_bottom(const LayerParameter& layer) {
  return layer.type == "UnPooling" && layer.bottom.size() > 1 ? layer.bottom[1] : layer.bottom[0];
}

// From the bottom of `layer` that is followed to its top.
PlaceMap places(const LayerParameter& layer) {
  const std::string& type = layer.type;
  if (type == "Convolution" || type == "ConvolutionDepthwise" || type == "DepthwiseConvolution") {
    return convolution_windows(*layer.convolution_param);
  }
  if (type == "Deconvolution") return convolution_windows(*layer.convolution_param).inverse();
  if (type == "Pooling") return pooling_windows(*layer.pooling_param);
  if (type == "Crop") return crop_shift(*layer.crop_param);
  if (keeps_places(type) || (type == "UnPooling" && layer.bottom.size() > 1)) return {};
  fail(Status::kUnsupported, "it does not map rows and columns");
}

// The layers before a Crop, by the blobs they make.
class Graph {
 public:
  explicit Graph(std::string source) : source_(std::move(source)) {}

  // The layer is borrowed. Who first makes or reads a blob says where it comes from, so that not
  // even a net that is refused later leads anybody around in a circle here; whoever works in place
  // maps nothing.
  void add(const LayerParameter& layer) {
    for (const std::string& bottom : layer.bottom) makers_.emplace(bottom, nullptr);
    for (const std::string& top : layer.top) makers_.emplace(top, &layer);
  }

  // The map from places of `to` to those of `from`, when they come from one blob.
  std::optional<PlaceMap> between(const std::string& from, const std::string& to) const {
    const Origin &first = origin(from), &second = origin(to);
    if (first.blob != second.blob) return std::nullopt;
    return first.map.after(second.map.inverse());
  }

  // Why there is no such map.
  [[noreturn]] void fail_between(const std::string& from, const std::string& to) const {
    for (const std::string& blob : {to, from}) {
      if (const LayerParameter* maker = maker_of(origin(blob).blob)) step_of(*maker);
    }
    fail(Status::kInvalidArgument, "bottoms ", quoted(from), " and ", quoted(to),
         " do not come from one blob, so that the offset is unknown; give it in crop_param");
  }

 private:
  // The blob from which another one comes, through layers that map rows and columns, and the map
  // from its places.
  struct Origin {
    std::string blob;
    PlaceMap map;
  };

  const Origin& origin(const std::string& blob) const {
    std::vector<std::pair<std::string, PlaceMap>> way;  // blobs, each with its step from the next
    std::string at = blob;
    while (origins_.count(at) == 0) {
      const LayerParameter* maker = maker_of(at);
      const std::optional<PlaceMap> step = maker == nullptr ? std::nullopt : known(*maker);
      if (!step) {
        origins_[at] = {at, {}};
        break;
      }
      way.emplace_back(at, *step);
      at = followed_bottom(*maker);
    }
    for (; !way.empty(); way.pop_back()) {
      const Origin before = origins_[at];
      at = way.back().first;
      origins_[at] = {before.blob, way.back().second.after(before.map)};
    }
    return origins_[blob];
  }

  // Null for a blob that a layer without bottoms makes.
  const LayerParameter* maker_of(const std::string& blob) const {
    const auto found = makers_.find(blob);
    const LayerParameter* maker = found == makers_.end() ? nullptr : found->second;
    return maker == nullptr || maker->bottom.empty() ? nullptr : maker;
  }

  PlaceMap step_of(const LayerParameter& layer) const {
    return with_context(
        [&] {
          return str("the offset is unknown; give it in crop_param: ", layer_label(source_, layer));
        },
        [&] { return places(layer); });
  }

  static std::optional<PlaceMap> known(const LayerParameter& layer) {
    try {
      return places(layer);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  const std::string source_;
  std::map<std::string, const LayerParameter*> makers_;  // null: no layer before
  mutable std::map<std::string, Origin> origins_;        // of those that were asked for
};

bool is_old(const std::string& dialect) {
  return dialect == "hed" || dialect == "fcn" || dialect == "ccnn";
}

bool from_graph(const LayerParameter& layer, const std::string& dialect) {
  if (layer.type != "Crop" || layer.bottom.size() != 2) return false;
  const CropParameter& given = *layer.crop_param;
  if (given.offset_from_graph) {
    if (given.has_axis() || !given.offset.empty()) {
      fail(Status::kInvalidArgument,
           "crop_param.offset_from_graph goes with no axis and no offset");
    }
    return true;
  }
  return is_old(dialect) && !layer.has_crop_param();
}

uint32_t whole_offset(double scale, double shift, const char* axis) {
  constexpr double kTolerance = 1e-6;
  if (!(std::abs(scale - 1) <= kTolerance)) {
    fail(Status::kInvalidArgument, "the first bottom has ", 1 / scale, " times as many ", axis,
         "s to a place of the second as the second itself; a crop does not resize");
  }
  const double rounded = std::round(shift);
  if (!(std::abs(shift - rounded) <= kTolerance) || rounded < 0 || rounded > 0x1p32 - 1) {
    fail(Status::kInvalidArgument, "the second bottom begins at ", axis, " ", shift,
         " of the first, where no part can begin");
  }
  return static_cast<uint32_t>(rounded);
}

// The rows and columns of the first bottom at which the second begins.
std::array<uint32_t, 2> offsets(const Graph& graph, const LayerParameter& layer) {
  const std::optional<PlaceMap> found = graph.between(layer.bottom[0], layer.bottom[1]);
  if (!found) graph.fail_between(layer.bottom[0], layer.bottom[1]);
  const PlaceMap& map = *found;
  return {whole_offset(map.scale[0], map.shift[0], "row"),
          whole_offset(map.scale[1], map.shift[1], "column")};
}

// A Crop without crop_param whose net would be one of the forks', too, with another result.
void warn_of_other_meaning(const Graph& graph, const LayerParameter& layer,
                           const std::string& source) {
  if (layer.type != "Crop" || layer.bottom.size() != 2 || layer.has_crop_param()) return;
  std::array<uint32_t, 2> meant{};
  try {
    meant = offsets(graph, layer);
  } catch (const Error&) {
    return;  // the forks refuse such a net
  }
  if (meant == std::array<uint32_t, 2>{}) return;
  CAFFE_LOG(
      kWarning, layer_label(source, layer), ": has no crop_param, which means two things: in ",
      "BVLC Caffe the part begins at row 0, column 0, and so it does here; in the forks hed, ",
      "fcn and ccnn it begins where ", caffe::quoted(layer.bottom[1]), " lies in ",
      caffe::quoted(layer.bottom[0]), ", at row ", meant[0], ", column ", meant[1],
      ". For the forks' meaning set the net's option dialect to \"fcn\"; for BVLC's, and ",
      "without this warning, write crop_param { offset: 0 }");
}

}  // namespace

void write_crop_offsets(NetParameter& param, const std::string& dialect,
                        const std::string& source) {
  Graph graph(source);
  for (LayerParameter& layer : param.layer) {
    with_context([&] { return layer_label(source, layer); },
                 [&] {
                   if (!from_graph(layer, dialect)) {
                     return warn_of_other_meaning(graph, layer, source);
                   }
                   const std::array<uint32_t, 2> offset = offsets(graph, layer);
                   CropParameter written;
                   written.set_axis(2);
                   written.offset = {offset[0], offset[1]};
                   layer.crop_param.mut() = written;
                 });
    graph.add(layer);
  }
}

}  // namespace caffe
