// What the modules of image codecs share.
#pragma once

#include <cstdio>

#include "data/codecs_table.h"

namespace caffe::codecs {

using Place = unsigned char* (*)(int64_t height, int64_t width, int channels, void* user);
using Take = int (*)(caffe_codecs_bytes piece, void* user);

// No image is larger than that, whatever a file's header says.
constexpr int64_t kMostPixels = int64_t{1} << 30;

inline int failed(caffe_codecs_error* error, const char* text) {
  std::snprintf(error->text, sizeof error->text, "%s", text);
  return CAFFE_CODECS_FAILED;
}

}  // namespace caffe::codecs
