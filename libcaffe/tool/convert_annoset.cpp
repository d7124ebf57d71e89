// SSD's tool: images and the boxes on them as records of AnnotatedDatum, for AnnotatedData.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.hpp"
#include "core/log.hpp"
#include "data/codecs.hpp"
#include "data/database.hpp"
#include "data/datum.hpp"
#include "data/image_list.hpp"
#include "schema/wire.hpp"
#include "tool/annotation_files.hpp"
#include "tool/data_tools.hpp"
#include "tool/image_records.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_annoset.cpp";

constexpr Flag kFlags[] = {
    {"anno_type", Flag::kText, "classification", "type",
     "what the list gives an image: classification, a label; detection, a file with boxes"},
    {"label_type", Flag::kText, "xml", "type", "of the files with boxes: xml, json or txt"},
    {"label_map_file", Flag::kText, "", "file", "a LabelMap: the labels of the names in xml, json"},
    {"check_label", Flag::kSwitch, "false", "", "fail when a name is twice in the label map"},
    {"min_dim", Flag::kNumber, "0", "pixels",
     "smaller images are made so large, by the short side"},
    {"max_dim", Flag::kNumber, "0", "pixels", "larger images are made so small, by the long side"},
    {"resize_width", Flag::kNumber, "0", "pixels", "the width images are made; 0: as they are"},
    {"resize_height", Flag::kNumber, "0", "pixels", "the height images are made"},
    {"gray", Flag::kSwitch, "false", "", "read the images as grey ones"},
    {"shuffle", Flag::kSwitch, "false", "", "in random order, which -seed decides"},
    {"seed", Flag::kNumber, "1", "number", "of the random order"},
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
    {"check_size", Flag::kSwitch, "false", "", "fail unless all records have one size"},
    {"encoded", Flag::kSwitch, "false", "", "store files, not pixels"},
    {"encode_type", Flag::kText, "", "type",
     "of the files that are stored: jpg or png; as they are when not given"},
};

struct Options {
  explicit Options(const Flags& flags)
      : stored(record_options(flags, kName)),
        height(side(flags, "resize_height")),
        width(side(flags, "resize_width")),
        min_dim(side(flags, "min_dim")),
        max_dim(side(flags, "max_dim")) {
    if ((height == 0) != (width == 0)) {
      fail(Status::kInvalidArgument, "-resize_height is ", height, " and -resize_width ", width,
           ", expected both or none");
    }
    const std::string& type = flags.text("anno_type");
    if (type != "classification" && type != "detection") {
      fail(Status::kInvalidArgument, "-anno_type is classification or detection, not ",
           quoted(type));
    }
    detection = type == "detection";
    if (!detection) return;
    format = annotation_format(flags.text("label_type"));
    const std::string map = flags.text("label_map_file");
    if (!map.empty()) {
      labels = read_label_map(map, flags.on("check_label"));
    } else if (format != AnnotationFormat::kTxt) {
      fail(Status::kInvalidArgument, "-label_map_file is needed: the labels of the names in ",
           flags.text("label_type"), " files");
    }
  }

  static int64_t side(const Flags& flags, const char* name) {
    const int pixels = flags.number(name);
    if (pixels < 0) fail(Status::kInvalidArgument, "-", name, " is ", pixels, ", below 0");
    return pixels;
  }

  bool resizes() const { return height != 0 || min_dim != 0 || max_dim != 0; }

  RecordOptions stored;
  int64_t height, width, min_dim, max_dim;
  bool detection = false;
  AnnotationFormat format = AnnotationFormat::kXml;
  std::map<std::string, int32_t> labels;
};

// Sides keep their ratio with min_dim and max_dim, which go before a height and a width.
void resize_by(const Options& options, ImageFile& file) {
  if (options.min_dim == 0 && options.max_dim == 0) {
    return resize_image(file, options.height, options.width);
  }
  const int64_t height = file.pixels.height, width = file.pixels.width;
  const auto shorter = static_cast<float>(std::min(height, width));
  const auto longer = static_cast<float>(std::max(height, width));
  const auto least = static_cast<float>(options.min_dim);
  const auto most = static_cast<float>(options.max_dim);
  float scale = 1;
  if (least > 0 && shorter < least) scale = least / shorter;
  if (most > 0 && std::trunc(scale * longer) > most) scale = most / longer;
  const auto scaled = [&](int64_t side) {
    const double exact = static_cast<double>(side) * static_cast<double>(scale);
    return std::max<int64_t>(static_cast<int64_t>(std::nearbyint(exact)), 1);
  };
  resize_image(file, scaled(height), scaled(width));
}

// Fails with kIo or kParse when the image cannot be read.
AnnotatedDatum record_of(const std::string& path, const std::string& annotations,
                         const Options& options, int32_t label) {
  AnnotatedDatum record;
  Datum& datum = record.datum.mut();
  ImageFile file = read_image_file(path, options.stored);
  const int64_t height = file.pixels.height, width = file.pixels.width;
  with_context([&] { return path; },
               [&] {
                 if (options.resizes()) resize_by(options, file);
                 set_image(datum, file, options.stored);
               });
  // With a file, too.
  datum.set_channels(static_cast<int32_t>(file.pixels.channels));
  datum.set_height(static_cast<int32_t>(file.pixels.height));
  datum.set_width(static_cast<int32_t>(file.pixels.width));
  datum.set_label(label);
  if (!options.detection) return record;
  record.set_type(AnnotatedDatum::BBOX);
  // An image without anything on it has no file.
  std::error_code error;
  if (std::filesystem::exists(annotations, error) || error) {
    try {
      record.annotation_group =
          read_annotations(annotations, options.format, options.labels, height, width);
    } catch (const Error& error) {
      // Not to be taken for an image that cannot be read.
      fail(Status::kInvalidArgument, error.what());
    }
  }
  return record;
}

int run(const Flags& flags) {
  const Options options(flags);
  const std::string backend = backend_of(flags.text("backend"));
  const std::string& root = flags.words()[0];
  const std::string& target = flags.words()[2];
  const std::vector<ListedImage> list = read_image_list(flags.words()[1]);
  const auto count = static_cast<int64_t>(list.size());
  if (flags.on("shuffle")) DATA_TOOL_LOG(kInfo, kName, "Shuffling data");
  EpochOrder order(count, flags.on("shuffle"), static_cast<uint64_t>(flags.number("seed")), 0);
  DATA_TOOL_LOG(kInfo, kName, "A total of ", count, " images.");
  const auto writer = create_database(backend, target);
  int64_t size = -1, empty = 0;
  for (int64_t i = 0; i < count; ++i) {
    check_interrupted();
    const ListedImage& line = list[static_cast<size_t>(order.at(i))];
    const int32_t label = options.detection
                              ? -1
                              : with_context([&] { return str(flags.words()[1], ":", line.line); },
                                             [&] { return class_label(line); });
    const std::string path = image_path(root, line.path);
    AnnotatedDatum record;
    try {
      record = record_of(path, image_path(root, line.label), options, label);
    } catch (const Error& error) {
      if (error.status() != Status::kIo && error.status() != Status::kParse) throw;
      DATA_TOOL_LOG(kWarning, kName, "Failed to read ", line.path, ": ", error.what());
      continue;
    }
    const Datum& datum = *record.datum;
    const int64_t values = Shape{datum.channels, datum.height, datum.width}.count();
    if (flags.on("check_size") && size >= 0 && values != size) {
      fail(Status::kShape, path, ": Incorrect data field size ", values, ", expected ", size);
    }
    size = values;
    empty += options.detection && record.annotation_group.empty() ? 1 : 0;
    with_context([&] { return path; },
                 [&] { writer->put(numbered_key(i, 8) + "_" + line.path, wire_bytes(record)); });
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
  if (empty > 0) {
    DATA_TOOL_LOG(kWarning, kName, empty, " of ", count, " images have no boxes.");
  }
  writer->commit();
  if (writer->count() % 1000 != 0) {
    DATA_TOOL_LOG(kInfo, kName, "Processed ", writer->count(), " files.");
  }
  return 0;
}

}  // namespace

const DataTool convert_annoset = {
    "convert_annoset",
    "Make a database of images and the boxes on them, as SSD's AnnotatedData reads it.",
    "ROOTFOLDER/ LISTFILE DB_NAME",
    kFlags,
    3,
    3,
    run};

}  // namespace caffe::tool
