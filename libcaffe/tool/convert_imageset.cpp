#include <algorithm>
#include <cctype>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/rng.hpp"
#include "data/codecs.hpp"
#include "data/database.hpp"
#include "data/image_list.hpp"
#include "schema/messages.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_imageset.cpp";

constexpr Flag kFlags[] = {
    {"gray", Flag::kSwitch, "false", "", "read the images as grey ones"},
    {"shuffle", Flag::kSwitch, "false", "", "in random order, which -seed decides"},
    {"seed", Flag::kNumber, "1", "number", "of the random order"},
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
    {"resize_width", Flag::kNumber, "0", "pixels", "the width images are made; 0: as they are"},
    {"resize_height", Flag::kNumber, "0", "pixels", "the height images are made"},
    {"check_size", Flag::kSwitch, "false", "", "fail unless all images have one size"},
    {"encoded", Flag::kSwitch, "false", "", "store files, not pixels"},
    {"encode_type", Flag::kText, "", "type",
     "of the files that are stored: jpg or png; as they are when not given"},
};

std::string extension_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  std::string extension = dot == std::string::npos ? "" : path.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool same_type(const std::string& extension, const std::string& type) {
  return extension == type || (type == "jpg" && extension == "jpeg");
}

struct Options {
  bool gray, check_size, encoded;
  int height, width;
  std::string type;
};

Options options_of(const Flags& flags) {
  Options options{flags.on("gray"),
                  flags.on("check_size"),
                  flags.on("encoded"),
                  flags.number("resize_height"),
                  flags.number("resize_width"),
                  extension_of(str(".", flags.text("encode_type")))};
  if (options.height < 0 || options.width < 0 || (options.height == 0) != (options.width == 0)) {
    fail(Status::kInvalidArgument, "-resize_height is ", options.height, " and -resize_width ",
         options.width, ", expected both or none");
  }
  if (!options.type.empty() && !options.encoded) {
    DATA_TOOL_LOG(kInfo, kName, "encode_type specified, assuming encoded=true.");
    options.encoded = true;
  }
  return options;
}

Datum datum_of(const std::string& path, int32_t label, const Options& options) {
  Datum datum;
  datum.set_label(label);
  Pixels image = read_image(path, options.gray ? Colors::kGray : Colors::kBgr);
  if (options.height != 0) image = resize(image, options.height, options.width);
  if (options.encoded) {
    const std::string extension = extension_of(path);
    const std::string type = options.type.empty() ? extension : options.type;
    const bool as_it_is = options.height == 0 && same_type(extension, type);
    datum.set_encoded(true);
    datum.set_data(as_it_is ? read_file(path) : encode_image(image, type));
    return datum;
  }
  datum.set_channels(static_cast<int32_t>(image.channels));
  datum.set_height(static_cast<int32_t>(image.height));
  datum.set_width(static_cast<int32_t>(image.width));
  std::string planes;
  planes.reserve(image.values.size());
  for (int64_t c = 0; c < image.channels; ++c) {
    for (size_t i = static_cast<size_t>(c); i < image.values.size();
         i += static_cast<size_t>(image.channels)) {
      planes.push_back(static_cast<char>(image.values[i]));
    }
  }
  datum.set_data(planes);
  datum.set_encoded(false);
  return datum;
}

int run(const Flags& flags) {
  const Options options = options_of(flags);
  const std::string backend = backend_of(flags.text("backend"));
  const std::string& root = flags.words()[0];
  const std::string& target = flags.words()[2];
  const std::vector<ListedImage> list = read_image_list(flags.words()[1]);
  const auto count = static_cast<int64_t>(list.size());
  if (flags.on("shuffle")) DATA_TOOL_LOG(kInfo, kName, "Shuffling data");
  EpochOrder order(count, flags.on("shuffle"), static_cast<uint64_t>(flags.number("seed")), 0);
  DATA_TOOL_LOG(kInfo, kName, "A total of ", count, " images.");
  const auto writer = create_database(backend, target);
  DATA_TOOL_LOG(kInfo, kName, "Opened ", flags.text("backend"), " ", target);
  int64_t size = -1;
  for (int64_t i = 0; i < count; ++i) {
    check_interrupted();
    const ListedImage& line = list[static_cast<size_t>(order.at(i))];
    const int32_t label = with_context([&] { return str(flags.words()[1], ":", line.line); },
                                       [&] { return class_label(line); });
    Datum datum;
    try {
      datum = datum_of(root + line.path, label, options);
    } catch (const Error& error) {
      if (error.status() != Status::kIo && error.status() != Status::kParse) throw;
      DATA_TOOL_LOG(kError, kName, "Could not open or find file ", root + line.path, ": ",
                    error.what());
      continue;
    }
    const auto bytes = static_cast<int64_t>(datum.data.size());
    if (options.check_size && size >= 0 && bytes != size) {
      fail(Status::kShape, root + line.path, ": Incorrect data field size ", bytes, ", expected ",
           size);
    }
    size = bytes;
    with_context([&] { return root + line.path; },
                 [&] { writer->put(numbered_key(i, 8) + "_" + line.path, wire_bytes(datum)); });
    if (writer->count() % 1000 == 0) {
      DATA_TOOL_LOG(kInfo, kName, "Processed ", writer->count(), " files.");
    }
  }
  const int64_t missing = count - static_cast<int64_t>(writer->count());
  if (missing == count) {
    fail(Status::kIo, "none of the ", count, " images of ", flags.words()[1], " can be read");
  }
  if (missing > 0) {
    DATA_TOOL_LOG(kWarning, kName, missing, " of ", count, " images are left out.");
  }
  writer->commit();
  if (writer->count() % 1000 != 0) {
    DATA_TOOL_LOG(kInfo, kName, "Processed ", writer->count(), " files.");
  }
  return 0;
}

}  // namespace

const DataTool convert_imageset = {
    "convert_imageset",
    "Make a database of the images that a list names, as ImageData reads it.",
    "ROOTFOLDER/ LISTFILE DB_NAME",
    kFlags,
    3,
    3,
    run};

}  // namespace caffe::tool
