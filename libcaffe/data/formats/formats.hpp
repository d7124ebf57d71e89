// Image formats small enough to be read here, without a library: BMP, PPM and its kin, GIF. Files
// are taken for hostile: every read is checked against their end, and their size against the bytes
// they have before memory is asked for.
#pragma once

#include <string_view>

#include "data/pixels.hpp"

namespace caffe {

// The image as it is stored, 8 bits a value: one channel (grey), three (blue, green, red) or four
// (alpha behind). Fail with kParse.
Pixels decode_bmp(std::string_view file);
Pixels decode_pnm(std::string_view file);
// The first image of the file.
Pixels decode_gif(std::string_view file);

}  // namespace caffe
