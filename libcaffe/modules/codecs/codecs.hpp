// What the module's files share. libjpeg and libpng leave through longjmp when a file is damaged:
// no function between setjmp and them may hold an object that has a destructor.
#pragma once

#include "modules/codecs/common.hpp"

namespace caffe::codecs {

// A few bytes may say that they are billions of pixels. No JPEG or PNG file has so many pixels (of
// JPEG) or bytes of pixels (of PNG) for one of its own bytes.
constexpr int64_t kMostFromAByte = 1040;

bool is_jpeg(caffe_codecs_bytes file);
int decode_jpeg(caffe_codecs_bytes file, int color, Place place, void* user,
                caffe_codecs_error* error);
int encode_jpeg(const caffe_codecs_pixels* pixels, int quality, Take take, void* user,
                caffe_codecs_error* error);

bool is_png(caffe_codecs_bytes file);
int decode_png(caffe_codecs_bytes file, int color, Place place, void* user,
               caffe_codecs_error* error);
int encode_png(const caffe_codecs_pixels* pixels, Take take, void* user, caffe_codecs_error* error);

// The weights of blue, green and red in grey, of 2^14 in all.
inline unsigned char gray_of(int blue, int green, int red) {
  return static_cast<unsigned char>((blue * 1868 + green * 9617 + red * 4899 + (1 << 13)) >> 14);
}

}  // namespace caffe::codecs
