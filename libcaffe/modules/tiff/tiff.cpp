// The module of TIFF images: data/codecs_table.h on libtiff. The first image of the file, striped
// or tiled, in all of libtiff's compressions; 16 bits become 8, palettes and other colour spaces
// become colours, and what is in front is in front whatever the orientation says. Alpha is kept as
// it stands in the file.
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "modules/codecs/common.hpp"

namespace caffe::codecs {
namespace {

// Whole pages of white are packed into a few hundred bytes.
constexpr int64_t kMostFromAByte = 1 << 16;
// What libtiff may ask for at once, for a strip or tile of a file that is not damaged.
constexpr tmsize_t kMostMemory = tmsize_t{1} << 32;

struct Source {
  caffe_codecs_bytes file;
  uint64_t place = 0;
  caffe_codecs_error* error = nullptr;
};

tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
  auto* source = static_cast<Source*>(handle);
  const uint64_t left = source->file.size - std::min<uint64_t>(source->place, source->file.size);
  const uint64_t count = std::min(left, static_cast<uint64_t>(std::max<tmsize_t>(size, 0)));
  if (count > 0) std::memcpy(to, source->file.data + source->place, count);
  source->place += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write(thandle_t, void*, tmsize_t) {
  return -1;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<Source*>(handle);
  const uint64_t from = whence == SEEK_SET   ? 0
                        : whence == SEEK_CUR ? source->place
                                             : source->file.size;
  return source->place = from + offset;
}

int close(thandle_t) {
  return 0;
}

toff_t size_of(thandle_t handle) {
  return static_cast<Source*>(handle)->file.size;
}

// libtiff 4.5 refuses uncompressed tiles unless it has the file mapped, and here that is so.
int map(thandle_t handle, void** base, toff_t* size) {
  const auto& file = static_cast<Source*>(handle)->file;
  *base = const_cast<unsigned char*>(file.data);
  *size = file.size;
  return 1;
}

void unmap(thandle_t, void*, toff_t) {}

// The first of libtiff's complaints, which it writes nowhere then.
int keep(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto* error = static_cast<Source*>(user)->error;
  if (error->text[0] == '\0') std::vsnprintf(error->text, sizeof error->text, format, arguments);
  return 1;
}

int ignore(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

int failed_with(const Source& source, const char* text) {
  if (source.error->text[0] == '\0') failed(source.error, text);
  return CAFFE_CODECS_FAILED;
}

// How many channels are stored; 0 when the file does not say what its values are. What is said to
// be alpha is made such that libtiff leaves the colours alone: it would multiply them with it.
int channels_of(TIFF* tiff) {
  uint16_t kind = PHOTOMETRIC_MINISBLACK, extra = 0, samples = 1;
  const uint16_t* extras = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra, &extras);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &kind) == 0 && samples > 1) return 0;
  const bool alpha = extra > 0 && extras[0] != EXTRASAMPLE_UNSPECIFIED;
  if (alpha) {
    const uint16_t as_it_is = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &as_it_is);
    return 4;
  }
  return kind == PHOTOMETRIC_MINISBLACK || kind == PHOTOMETRIC_MINISWHITE ? 1 : 3;
}

int decode_with(TIFF* tiff, const Source& source, Place place, void* user) {
  uint32_t height = 0, width = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  const int64_t most =
      std::min(kMostPixels, kMostFromAByte * static_cast<int64_t>(source.file.size));
  if (height == 0 || width == 0) return failed_with(source, "the file says it has no pixels");
  if (width > kMostPixels || height > most / width) {
    return failed_with(source, "the file says it has more pixels than can be in it");
  }
  const int channels = channels_of(tiff);
  if (channels == 0) {
    return failed_with(source, "the file does not say what its values are, colours or others");
  }
  char why[1024] = "";
  if (TIFFRGBAImageOK(tiff, why) == 0) return failed_with(source, why);
  const auto count = static_cast<size_t>(height) * width;
  auto* pixels = static_cast<uint32_t*>(std::calloc(count, sizeof(uint32_t)));
  if (pixels == nullptr) return failed_with(source, "there is not enough memory");
  if (TIFFReadRGBAImageOriented(tiff, width, height, pixels, ORIENTATION_TOPLEFT, 1) == 0) {
    std::free(pixels);
    return failed_with(source, "the pixels are cut off or damaged");
  }
  unsigned char* out = place(height, width, channels, user);
  for (size_t i = 0; i < count && out != nullptr; ++i, out += channels) {
    const uint32_t pixel = pixels[i];
    if (channels == 1) {
      out[0] = static_cast<unsigned char>(TIFFGetR(pixel));
      continue;
    }
    out[0] = static_cast<unsigned char>(TIFFGetB(pixel));
    out[1] = static_cast<unsigned char>(TIFFGetG(pixel));
    out[2] = static_cast<unsigned char>(TIFFGetR(pixel));
    if (channels == 4) out[3] = static_cast<unsigned char>(TIFFGetA(pixel));
  }
  std::free(pixels);
  return out != nullptr ? CAFFE_CODECS_DONE : failed_with(source, "there is not enough memory");
}

int decode(caffe_codecs_bytes file, int, Place place, void* user, caffe_codecs_error* error) {
  Source source{file, 0, error};
  error->text[0] = '\0';
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return failed(error, "there is not enough memory");
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMostMemory);
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, nullptr);
  TIFF* tiff = TIFFClientOpenExt("image", "r", &source, read, write, seek, close, size_of, map,
                                 unmap, options);
  TIFFOpenOptionsFree(options);
  if (tiff == nullptr) return failed_with(source, "it is a damaged TIFF file");
  const int status = decode_with(tiff, source, place, user);
  TIFFClose(tiff);
  return status;
}

const caffe_codecs_table table = {decode, nullptr, nullptr};

}  // namespace
}  // namespace caffe::codecs

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_CODECS_TABLE_VERSION ? &caffe::codecs::table : nullptr;
}
