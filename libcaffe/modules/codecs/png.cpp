// PNG on libpng, with the settings OpenCV's reader has: 16 bits become 8, alpha is dropped (or kept
// when pixels are wanted as stored), palettes become colours, grey is libpng's mixture of the
// colours. Damaged checksums of what makes up the pixels are errors.
#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "modules/codecs/codecs.hpp"

namespace caffe::codecs {
namespace {

constexpr size_t kSignature = 8;

struct Reader {
  caffe_codecs_bytes rest;
};

void read_some(png_structp png, png_bytep to, size_t size) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (size > reader->rest.size) png_error(png, "the file is cut off");
  std::memcpy(to, reader->rest.data, size);
  reader->rest.data += size;
  reader->rest.size -= size;
}

[[noreturn]] void leave(png_structp png, png_const_charp text) {
  failed(static_cast<caffe_codecs_error*>(png_get_error_ptr(png)), text);
  png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

// Asks libpng to turn what is stored into 8-bit pixels of the colours wanted; how many channels
// they have.
int set_transformations(png_structp png, png_infop info, int color) {
  const int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
  const bool alpha =
      (type & PNG_COLOR_MASK_ALPHA) != 0 ||
      (type == PNG_COLOR_TYPE_PALETTE && png_get_valid(png, info, PNG_INFO_tRNS) != 0);
  const bool colored = (type & PNG_COLOR_MASK_COLOR) != 0;
  if (depth == 16) png_set_strip_16(png);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (!colored && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  const bool keep_alpha = color == CAFFE_CODECS_AS_STORED && alpha;
  if (keep_alpha) {
    png_set_tRNS_to_alpha(png);
  } else {
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  if (color == CAFFE_CODECS_GRAY || (!colored && !keep_alpha && color == CAFFE_CODECS_AS_STORED)) {
    if (colored) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.299, 0.587);
    return 1;
  }
  if (colored) {
    png_set_bgr(png);
  } else {
    png_set_gray_to_rgb(png);
  }
  return keep_alpha ? 4 : 3;
}

void decode_with(png_structp png, png_infop info, Reader* reader, int color, Place place,
                 void* user) {
  const auto size = static_cast<int64_t>(reader->rest.size);
  png_set_read_fn(png, reader, read_some);
  png_set_user_limits(png, 1 << 20, 1 << 20);
  png_set_chunk_cache_max(png, 128);
  png_set_chunk_malloc_max(png, 8 << 20);
  png_read_info(png, info);
  const int64_t height = png_get_image_height(png, info), width = png_get_image_width(png, info);
  const auto stored = static_cast<int64_t>(png_get_rowbytes(png, info));
  if (height * width > kMostPixels || height * stored > kMostFromAByte * size) {
    png_error(png, "the file says it has more pixels than can be in it");
  }
  const int channels = set_transformations(png, info, color);
  png_read_update_info(png, info);
  if (static_cast<int64_t>(png_get_rowbytes(png, info)) != width * channels) {
    png_error(png, "the pixels are of a kind that is not known");
  }
  unsigned char* values = place(height, width, channels, user);
  if (values == nullptr) png_error(png, "there is not enough memory");
  const int passes = png_get_interlace_type(png, info) == PNG_INTERLACE_NONE ? 1 : 7;
  if (passes > 1) std::memset(values, 0, static_cast<size_t>(height * width * channels));
  for (int pass = 0; pass < passes; ++pass) {
    for (int64_t y = 0; y < height; ++y) {
      png_read_row(png, values + y * width * channels, nullptr);
    }
  }
  png_read_end(png, nullptr);
}

struct Writer {
  Take take;
  void* user;
};

void write_some(png_structp png, png_bytep from, size_t size) {
  const auto* writer = static_cast<const Writer*>(png_get_io_ptr(png));
  if (writer->take({from, size}, writer->user) != 0) png_error(png, "the file cannot be written");
}

void encode_with(png_structp png, png_infop info, const caffe_codecs_pixels* pixels) {
  const int type = pixels->channels == 1   ? PNG_COLOR_TYPE_GRAY
                   : pixels->channels == 3 ? PNG_COLOR_TYPE_RGB
                                           : PNG_COLOR_TYPE_RGBA;
  png_set_IHDR(png, info, static_cast<png_uint_32>(pixels->width),
               static_cast<png_uint_32>(pixels->height), 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  png_set_bgr(png);
  for (int64_t y = 0; y < pixels->height; ++y) {
    png_write_row(png, pixels->values + y * pixels->width * pixels->channels);
  }
  png_write_end(png, info);
}

}  // namespace

bool is_png(caffe_codecs_bytes file) {
  return file.size >= kSignature && png_sig_cmp(file.data, 0, kSignature) == 0;
}

int decode_png(caffe_codecs_bytes file, int color, Place place, void* user,
               caffe_codecs_error* error) {
  Reader reader{file};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, error, leave, ignore);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    return failed(error, "there is not enough memory");
  }
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return CAFFE_CODECS_FAILED;
  }
  decode_with(png, info, &reader, color, place, user);
  png_destroy_read_struct(&png, &info, nullptr);
  return CAFFE_CODECS_DONE;
}

int encode_png(const caffe_codecs_pixels* pixels, Take take, void* user,
               caffe_codecs_error* error) {
  if (pixels->channels != 1 && pixels->channels != 3 && pixels->channels != 4) {
    return failed(error, "a PNG file has one, three or four channels");
  }
  if (pixels->height < 1 || pixels->width < 1 || pixels->height > INT32_MAX ||
      pixels->width > INT32_MAX / 4) {
    return failed(error, "the image is empty or too large for a PNG file");
  }
  Writer writer{take, user};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, error, leave, ignore);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_write_struct(&png, nullptr);
    return failed(error, "there is not enough memory");
  }
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return CAFFE_CODECS_FAILED;
  }
  png_set_write_fn(png, &writer, write_some, [](png_structp) {});
  encode_with(png, info, pixels);
  png_destroy_write_struct(&png, &info);
  return CAFFE_CODECS_DONE;
}

}  // namespace caffe::codecs
