#include "data/codecs.hpp"

#include <exception>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/image_format.hpp"
#include "core/lower_case.hpp"
#include "core/modules.hpp"
#include "data/codecs_table.h"
#include "data/formats/formats.hpp"

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

// The module for a format that comes with a library of its own. An image more or less is no reason
// to end the reading of a list, so that its absence is an error of the file.
const caffe_codecs_table* table_of(const char* module, const char* package, ImageFormat format) {
  try {
    return static_cast<const caffe_codecs_table*>(
        module_table(module, CAFFE_CODECS_TABLE_VERSION, package));
  } catch (const Error& error) {
    if (error.status() != Status::kUnsupported) throw;
    fail(Status::kParse, "it is a ", format_name(format), " file, and ", error.what(),
         "; as a PNG file it can be read (ImageMagick: convert FILE FILE.png)");
  }
}

Pixels decode_with(const caffe_codecs_table* table, std::string_view file, int color,
                   std::string* damage) {
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
  const int status = table->decode(bytes_of(file), color, place, &image, &error);
  if (status == CAFFE_CODECS_PARTLY && damage != nullptr) {
    *damage = error.text;
  } else if (status != CAFFE_CODECS_DONE) {
    fail(Status::kParse, error.text);
  }
  return image;
}

Pixels in_colors(Pixels image, Colors colors) {
  switch (colors) {
    case Colors::kGray:
      return to_gray(image);
    case Colors::kBgr:
      return to_bgr(image);
    default:
      return image;
  }
}

Pixels decode(std::string_view file, Colors colors, std::string* damage) {
  switch (const ImageFormat format = image_format(file)) {
    case ImageFormat::kJpeg:
    case ImageFormat::kPng:
      return decode_with(codecs_table(), file, wanted(colors), damage);
    case ImageFormat::kBmp:
      return in_colors(decode_bmp(file), colors);
    case ImageFormat::kPnm:
      return in_colors(decode_pnm(file), colors);
    case ImageFormat::kGif:
      return in_colors(decode_gif(file), colors);
    case ImageFormat::kTiff:
      return in_colors(decode_with(table_of("tiff", "libtiff (Debian: libtiff6)", format), file,
                                   CAFFE_CODECS_AS_STORED, damage),
                       colors);
    case ImageFormat::kWebp:
      return in_colors(decode_with(table_of("webp", "libwebp (Debian: libwebp7)", format), file,
                                   CAFFE_CODECS_AS_STORED, damage),
                       colors);
    default:
      fail(Status::kParse, "it is no JPEG, PNG, BMP, PPM, GIF, TIFF or WebP file");
  }
}

}  // namespace

Pixels decode_image(std::string_view file, Colors colors, std::string* damage) {
  if (damage != nullptr) damage->clear();
  return with_context([] { return "cannot read the image"; },
                      [&] { return decode(file, colors, damage); });
}

Pixels read_image(const std::string& path, Colors colors, std::string* damage) {
  const std::string file = read_file(path);
  return with_context([&] { return path; }, [&] { return decode_image(file, colors, damage); });
}

std::string written_format(std::string_view format) {
  const std::string name = lower_case(format.substr(format.starts_with(".") ? 1 : 0));
  if (name == "jpg" || name == "jpeg") return "jpg";
  if (name == "png") return name;
  fail(Status::kInvalidArgument, "cannot write images as ", quoted(format),
       ", expected \"jpg\" or \"png\"");
}

std::string encode_image(const Pixels& image, std::string_view format, int quality) {
  const bool jpeg = written_format(format) == "jpg";
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
