// The module of WebP images: data/codecs_table.h on libwebp, lossy and lossless, with or without
// alpha.
#include <webp/decode.h>

#include "modules/codecs/common.hpp"

namespace caffe::codecs {
namespace {

// A lossless file of one colour has a few dozen bytes, whatever its size.
constexpr int64_t kMostFromAByte = 1 << 16;

int decode(caffe_codecs_bytes file, int, Place place, void* user, caffe_codecs_error* error) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(file.data, file.size, &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) return failed(error, "the file is cut off");
  if (status != VP8_STATUS_OK) return failed(error, "the WebP file is damaged");
  if (features.has_animation != 0) {
    return failed(error, "it is an animated WebP file; save the picture that is meant as PNG");
  }
  const int64_t height = features.height, width = features.width;
  if (height * width > kMostPixels ||
      height * width > kMostFromAByte * static_cast<int64_t>(file.size)) {
    return failed(error, "the file says it has more pixels than can be in it");
  }
  const int channels = features.has_alpha != 0 ? 4 : 3;
  unsigned char* values = place(height, width, channels, user);
  if (values == nullptr) return failed(error, "there is not enough memory");
  const auto stride = static_cast<int>(width) * channels;
  const auto size = static_cast<size_t>(height) * static_cast<size_t>(stride);
  const auto into = channels == 4 ? WebPDecodeBGRAInto : WebPDecodeBGRInto;
  if (into(file.data, file.size, values, size, stride) == nullptr) {
    return failed(error, "the WebP file is cut off or damaged");
  }
  return CAFFE_CODECS_DONE;
}

const caffe_codecs_table table = {decode, nullptr, nullptr};

}  // namespace
}  // namespace caffe::codecs

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_CODECS_TABLE_VERSION ? &caffe::codecs::table : nullptr;
}
