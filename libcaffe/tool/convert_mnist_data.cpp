#include "core/checked.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "data/database.hpp"
#include "schema/messages.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_mnist_data.cpp";

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
};

// An IDX file: a number that tells its kind, its extents, and bytes, all big-endian.
struct Idx {
  Idx(const std::string& path, uint32_t kind, size_t axes) : bytes(read_file(path)) {
    if (bytes.size() < 4 * (axes + 1) || number(0) != kind) {
      fail(Status::kParse, path, ": is no IDX file of ", axes == 1 ? "labels" : "images");
    }
    int64_t count = 1;
    for (size_t i = 0; i < axes; ++i) {
      dims.push_back(number(i + 1));
      count = checked_mul(count, dims.back());
    }
    data = 4 * (axes + 1);
    if (static_cast<int64_t>(bytes.size() - data) != count) {
      fail(Status::kParse, path, ": has ", bytes.size() - data, " values, expected ", count);
    }
  }
  uint32_t number(size_t i) const {
    uint32_t value = 0;
    for (size_t k = 0; k < 4; ++k) value = value << 8 | static_cast<uint8_t>(bytes[4 * i + k]);
    return value;
  }

  std::string bytes;
  std::vector<int64_t> dims;
  size_t data = 0;  // where the values begin
};

int run(const Flags& flags) {
  const std::string backend = backend_of(flags.text("backend"));
  const Idx images(flags.words()[0], 2051, 3), labels(flags.words()[1], 2049, 1);
  if (images.dims[0] != labels.dims[0]) {
    fail(Status::kShape, "there are ", images.dims[0], " images and ", labels.dims[0], " labels");
  }
  const std::string& target = flags.words()[2];
  const auto writer = create_database(backend, target);
  DATA_TOOL_LOG(kInfo, kName, "Opened ", flags.text("backend"), " ", target);
  DATA_TOOL_LOG(kInfo, kName, "A total of ", images.dims[0], " items.");
  DATA_TOOL_LOG(kInfo, kName, "Rows: ", images.dims[1], " Cols: ", images.dims[2]);
  const auto size = static_cast<size_t>(images.dims[1] * images.dims[2]);
  for (int64_t i = 0; i < images.dims[0]; ++i) {
    check_interrupted();
    Datum datum;
    datum.set_channels(1);
    datum.set_height(static_cast<int32_t>(images.dims[1]));
    datum.set_width(static_cast<int32_t>(images.dims[2]));
    datum.set_data(images.bytes.substr(images.data + static_cast<size_t>(i) * size, size));
    datum.set_label(static_cast<uint8_t>(labels.bytes[labels.data + static_cast<size_t>(i)]));
    writer->put(numbered_key(i, 8), wire_bytes(datum));
  }
  writer->commit();
  DATA_TOOL_LOG(kInfo, kName, "Processed ", images.dims[0], " files.");
  return 0;
}

}  // namespace

const DataTool convert_mnist_data = {"convert_mnist_data",
                                     "Make a database of MNIST's image and label files.",
                                     "IMAGE_FILE LABEL_FILE DB_NAME",
                                     kFlags,
                                     3,
                                     3,
                                     run};

}  // namespace caffe::tool
