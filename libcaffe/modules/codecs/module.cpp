// The module of image codecs: data/codecs_table.h on libjpeg and libpng.
#include "modules/codecs/codecs.hpp"

namespace caffe::codecs {
namespace {

int decode(caffe_codecs_bytes file, int color, Place place, void* user, caffe_codecs_error* error) {
  if (is_jpeg(file)) return decode_jpeg(file, color, place, user, error);
  if (is_png(file)) return decode_png(file, color, place, user, error);
  return failed(error, "it is neither a JPEG nor a PNG file");
}

const caffe_codecs_table table = {decode, encode_jpeg, encode_png};

}  // namespace
}  // namespace caffe::codecs

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_CODECS_TABLE_VERSION ? &caffe::codecs::table : nullptr;
}
