// Image files as the records of a database, for convert_imageset.
#pragma once

#include <string>

#include "schema/messages.hpp"

namespace caffe::tool {

struct RecordOptions {
  bool gray = false;
  bool encoded = false;        // files, not pixels
  bool allow_damaged = false;  // JPEG files that are cut off within their pixels as far as they go
  int height = 0, width = 0;   // 0: as they are
  std::string type;            // of the files that are stored, "jpg" or "png"; "": as they are
};

struct ImageRecord {
  Datum datum;
  int64_t values = 0;  // of the pixels, whether they are stored as such or not
};

// The record of the image at `path`. An encoded one is the file itself where that is a JPEG or PNG
// file of the type asked for, of 8 bits, with the channels asked for, and keeps its size; else the
// pixels are encoded anew, as JPEG when the file is one, as PNG when it is of another kind. Fails
// with kIo when the file cannot be opened, and with kParse when it is not an image or damaged.
ImageRecord image_record(const std::string& path, int32_t label, const RecordOptions& options);

}  // namespace caffe::tool
