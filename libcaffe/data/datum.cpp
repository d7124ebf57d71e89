#include "data/datum.hpp"

#include "core/error.hpp"
#include "data/codecs.hpp"
#include "schema/wire.hpp"

namespace caffe {

Datum read_datum(std::string_view bytes) {
  Datum datum;
  WireOptions options;
  options.file = "datum";
  parse_wire(bytes, datum, options);
  return datum;
}

Image datum_image(const Datum& datum, const TransformationParameter& param, Pixels& decoded,
                  std::string* damage) {
  if (damage != nullptr) damage->clear();
  if (datum.encoded) {
    const Colors colors = param.force_color  ? Colors::kBgr
                          : param.force_gray ? Colors::kGray
                                             : Colors::kAsStored;
    decoded = decode_image(datum.data, colors, damage);
    return decoded.image();
  }
  const Shape shape{datum.channels, datum.height, datum.width};
  const bool bytes = !datum.data.empty();
  const size_t count = bytes ? datum.data.size() : datum.float_data.size();
  if (shape.count() == 0 || static_cast<int64_t>(count) != shape.count()) {
    fail(Status::kShape, "the image has ", count, " values, expected ", datum.channels, " x ",
         datum.height, " x ", datum.width);
  }
  Image image{datum.channels, datum.height, datum.width, nullptr, nullptr};
  if (bytes) {
    image.bytes = reinterpret_cast<const uint8_t*>(datum.data.data());
  } else {
    image.floats = datum.float_data.data();
  }
  return image;
}

std::span<const float> label_vector(const Datum& datum) {
  if (datum.data.empty() || datum.has_label()) return {};
  return {datum.float_data.data(), datum.float_data.size()};
}

void set_pixels(Datum& datum, const Pixels& pixels) {
  datum.set_channels(static_cast<int32_t>(pixels.channels));
  datum.set_height(static_cast<int32_t>(pixels.height));
  datum.set_width(static_cast<int32_t>(pixels.width));
  std::string planes;
  planes.reserve(pixels.values.size());
  const auto channels = static_cast<size_t>(pixels.channels);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = c; i < pixels.values.size(); i += channels) {
      planes.push_back(static_cast<char>(pixels.values[i]));
    }
  }
  datum.set_data(planes);
}

const char* colors_differ(const Datum& datum, int64_t channels, int64_t first_channels) {
  if (!datum.encoded || channels == first_channels) return "";
  return "; force_color or force_gray in transform_param makes their channels equal";
}

}  // namespace caffe
