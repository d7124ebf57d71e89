#include "tool/image_records.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "data/codecs.hpp"

namespace caffe::tool {

namespace {

// The bits of a value say more than 8: those who read the record as it is stored would get them.
bool is_deep_png(std::string_view file) {
  constexpr size_t kDepth = 24;  // signature, length, "IHDR", width, height
  return file.size() > kDepth && file[kDepth] == 16;
}

std::string planes_of(const Pixels& image) {
  std::string planes;
  planes.reserve(image.values.size());
  for (int64_t c = 0; c < image.channels; ++c) {
    for (size_t i = static_cast<size_t>(c); i < image.values.size();
         i += static_cast<size_t>(image.channels)) {
      planes.push_back(static_cast<char>(image.values[i]));
    }
  }
  return planes;
}

}  // namespace

ImageRecord image_record(const std::string& path, int32_t label, const RecordOptions& options) {
  const std::string file = read_file(path);
  return with_context(
      [&] { return path; },
      [&] {
        std::string damage;
        std::string* const allowed = options.allow_damaged ? &damage : nullptr;
        const Colors colors = options.gray ? Colors::kGray : Colors::kBgr;
        Pixels image = decode_image(file, options.encoded ? Colors::kAsStored : colors, allowed);
        const bool right_channels = image.channels == (options.gray ? 1 : 3);
        if (!right_channels) image = decode_image(file, colors, allowed);
        if (options.height != 0) image = resize(image, options.height, options.width);

        ImageRecord record;
        record.values = static_cast<int64_t>(image.values.size());
        Datum& datum = record.datum;
        datum.set_label(label);
        datum.set_encoded(options.encoded);
        if (options.encoded) {
          const ImageFormat format = image_format(file);
          const bool jpeg = format == ImageFormat::kJpeg;
          const bool png = format == ImageFormat::kPng && !is_deep_png(file);
          const std::string own_type = jpeg ? "jpg" : "png";
          const std::string& type = options.type.empty() ? own_type : options.type;
          const bool as_it_is =
              (jpeg || png) && type == own_type && right_channels && options.height == 0;
          datum.set_data(as_it_is ? file : encode_image(image, type));
        } else {
          datum.set_channels(static_cast<int32_t>(image.channels));
          datum.set_height(static_cast<int32_t>(image.height));
          datum.set_width(static_cast<int32_t>(image.width));
          datum.set_data(planes_of(image));
        }
        return record;
      });
}

}  // namespace caffe::tool
