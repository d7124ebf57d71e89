#include "tool/image_records.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/image_format.hpp"
#include "core/log.hpp"
#include "data/codecs.hpp"
#include "data/datum.hpp"
#include "tool/data_tools.hpp"

namespace caffe::tool {

namespace {

// The bits of a value say more than 8: those who read the record as it is stored would get them.
bool is_deep_png(std::string_view file) {
  constexpr size_t kDepth = 24;  // signature, length, "IHDR", width, height
  return file.size() > kDepth && file[kDepth] == 16;
}

}  // namespace

RecordOptions record_options(const Flags& flags, const char* tool) {
  RecordOptions options;
  options.gray = flags.on("gray");
  options.encoded = flags.on("encoded");
  const std::string type = flags.text("encode_type");
  if (type.empty()) return options;
  with_context([] { return "-encode_type"; }, [&] { options.type = written_format(type); });
  if (!options.encoded) {
    DATA_TOOL_LOG(kInfo, tool, "encode_type specified, assuming encoded=true.");
    options.encoded = true;
  }
  return options;
}

ImageFile read_image_file(const std::string& path, const RecordOptions& options) {
  ImageFile file;
  file.bytes = read_file(path);
  with_context([&] { return path; },
               [&] {
                 std::string damage;
                 std::string* const allowed = options.allow_damaged ? &damage : nullptr;
                 const Colors colors = options.gray ? Colors::kGray : Colors::kBgr;
                 file.pixels = decode_image(file.bytes,
                                            options.encoded ? Colors::kAsStored : colors, allowed);
                 file.altered = file.pixels.channels != (options.gray ? 1 : 3);
                 if (file.altered) file.pixels = decode_image(file.bytes, colors, allowed);
               });
  return file;
}

void resize_image(ImageFile& file, int64_t height, int64_t width) {
  if (file.pixels.height == height && file.pixels.width == width) return;
  file.pixels = resize(file.pixels, height, width);
  file.altered = true;
}

void set_image(Datum& datum, const ImageFile& file, const RecordOptions& options) {
  datum.set_encoded(options.encoded);
  if (!options.encoded) {
    set_pixels(datum, file.pixels);
    return;
  }
  const ImageFormat format = image_format(file.bytes);
  const bool jpeg = format == ImageFormat::kJpeg;
  const bool png = format == ImageFormat::kPng && !is_deep_png(file.bytes);
  const std::string own_type = jpeg ? "jpg" : "png";
  const std::string& type = options.type.empty() ? own_type : options.type;
  const bool as_it_is = (jpeg || png) && type == own_type && !file.altered;
  datum.set_data(as_it_is ? file.bytes : encode_image(file.pixels, type));
}

}  // namespace caffe::tool
