// Image files as the records of a database, for convert_imageset and convert_annoset.
#pragma once

#include <string>

#include "data/pixels.hpp"
#include "schema/messages.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

struct RecordOptions {
  bool gray = false;
  bool encoded = false;        // files, not pixels
  bool allow_damaged = false;  // JPEG files that are cut off within their pixels as far as they go
  std::string type;            // of the files that are stored, "jpg" or "png"; "": as they are
};

// What the flags -gray, -encoded and -encode_type say; a type without -encoded means it, which the
// log of the `tool` tells. Fails with kInvalidArgument when the type is another.
RecordOptions record_options(const Flags& flags, const char* tool);

struct ImageFile {
  std::string bytes;
  Pixels pixels;         // with the channels asked for
  bool altered = false;  // they are not those the file has: of other channels, or resized
};

// Fails with kIo when the file cannot be opened, and with kParse when it is not an image or
// damaged.
ImageFile read_image_file(const std::string& path, const RecordOptions& options);

// Pixels that have that size already are not altered.
void resize_image(ImageFile& file, int64_t height, int64_t width);

// Makes it the image of the datum. An encoded one is the file itself where that is a JPEG or PNG
// file of the type asked for, of 8 bits, and its pixels are not altered; else these are encoded
// anew, as JPEG when the file is one, as PNG when it is of another kind.
void set_image(Datum& datum, const ImageFile& file, const RecordOptions& options);

}  // namespace caffe::tool
