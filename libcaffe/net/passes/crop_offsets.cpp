#include "net/passes/crop_offsets.hpp"

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "layers/base/registry.hpp"
#include "net/messages.hpp"

namespace caffe {

namespace {

// How the layer's top lies on a bottom of its; fails where it does not.
CoordinateMap coordinates(const LayerParameter& layer) {
  const LayerTraits* traits = layer_registry().traits(layer.type);
  if (traits == nullptr || traits->coordinates == nullptr) {
    fail(Status::kUnsupported, "it does not map rows and columns");
  }
  return traits->coordinates(layer);
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
  std::optional<CoordinateMap> between(const std::string& from, const std::string& to) const {
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
    CoordinateMap map;
  };

  const Origin& origin(const std::string& blob) const {
    std::vector<std::pair<std::string, CoordinateMap>>
        path;  // blobs, each with its step from the next
    std::string at = blob;
    while (origins_.count(at) == 0) {
      const LayerParameter* maker = maker_of(at);
      const std::optional<CoordinateMap> step = maker == nullptr ? std::nullopt : known(*maker);
      if (!step) {
        origins_[at] = {at, {}};
        break;
      }
      path.emplace_back(at, *step);
      at = maker->bottom[step->bottom];
    }
    for (; !path.empty(); path.pop_back()) {
      const Origin before = origins_[at];
      at = path.back().first;
      origins_[at] = {before.blob, path.back().second.after(before.map)};
    }
    return origins_[blob];
  }

  // Null for a blob that a layer without bottoms makes.
  const LayerParameter* maker_of(const std::string& blob) const {
    const auto found = makers_.find(blob);
    const LayerParameter* maker = found == makers_.end() ? nullptr : found->second;
    return maker == nullptr || maker->bottom.empty() ? nullptr : maker;
  }

  CoordinateMap step_of(const LayerParameter& layer) const {
    return with_context(
        [&] {
          return str("the offset is unknown; give it in crop_param: ", layer_label(source_, layer));
        },
        [&] { return coordinates(layer); });
  }

  static std::optional<CoordinateMap> known(const LayerParameter& layer) {
    try {
      return coordinates(layer);
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
  const std::optional<CoordinateMap> found = graph.between(layer.bottom[0], layer.bottom[1]);
  if (!found) graph.fail_between(layer.bottom[0], layer.bottom[1]);
  const CoordinateMap& map = *found;
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
