#include "data/codecs.hpp"

#include <algorithm>
#include <cctype>
#include <exception>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/modules.hpp"
#include "data/codecs_table.h"

namespace caffe {

namespace {

const caffe_codecs_table* codecs_table() {
  return static_cast<const caffe_codecs_table*>(
      module_table("codecs", CAFFE_CODECS_TABLE_VERSION,
                   "libjpeg-turbo and libpng (Debian: libjpeg62-turbo and libpng16-16)"));
}

int wanted(Colors colors) {
  switch (colors) {
    case Colors::kGray:
      return CAFFE_CODECS_GRAY;
    case Colors::kBgr:
      return CAFFE_CODECS_BGR;
    default:
      return CAFFE_CODECS_AS_STORED;
  }
}

caffe_codecs_bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

Pixels decode_image(std::string_view file, Colors colors) {
  Pixels image;
  // No exception may go through the module.
  const auto place = [](int64_t height, int64_t width, int channels, void* user) -> unsigned char* {
    try {
      auto* to = static_cast<Pixels*>(user);
      *to = Pixels(height, width, channels);
      return to->values.data();
    } catch (const std::exception&) {
      return nullptr;
    }
  };
  caffe_codecs_error error{};
  if (codecs_table()->decode(bytes_of(file), wanted(colors), place, &image, &error) != 0) {
    fail(Status::kParse, "cannot read the image: ", error.text);
  }
  return image;
}

Pixels read_image(const std::string& path, Colors colors) {
  const std::string file = read_file(path);
  return with_context([&] { return path; }, [&] { return decode_image(file, colors); });
}

std::string encode_image(const Pixels& image, std::string_view format, int quality) {
  std::string name(format.substr(format.starts_with(".") ? 1 : 0));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool jpeg = name == "jpg" || name == "jpeg";
  if (!jpeg && name != "png") {
    fail(Status::kInvalidArgument, "cannot write images as ", quoted(format),
         ", expected \"jpg\" or \"png\"");
  }
  if (quality < 1 || quality > 100) {
    fail(Status::kInvalidArgument, "the quality of a JPEG file is ", quality,
         ", expected 1 to 100");
  }
  const caffe_codecs_pixels pixels{image.height, image.width, static_cast<int>(image.channels),
                                   const_cast<unsigned char*>(image.values.data())};
  std::string file;
  const auto take = [](caffe_codecs_bytes piece, void* user) {
    try {
      static_cast<std::string*>(user)->append(reinterpret_cast<const char*>(piece.data),
                                              piece.size);
      return 0;
    } catch (const std::exception&) {
      return 1;
    }
  };
  caffe_codecs_error error{};
  const caffe_codecs_table* table = codecs_table();
  const int status = jpeg ? table->encode_jpeg(&pixels, quality, take, &file, &error)
                          : table->encode_png(&pixels, take, &file, &error);
  if (status != 0) fail(Status::kInvalidArgument, "cannot write the image: ", error.text);
  return file;
}

}  // namespace caffe
