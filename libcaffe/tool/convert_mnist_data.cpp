#include "core/error.hpp"
#include "core/log.hpp"
#include "data/database.hpp"
#include "schema/messages.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/idx.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_mnist_data.cpp";

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
};

int run(const Flags& flags) {
  const std::string backend = backend_of(flags.text("backend"));
  const Idx images = Idx::images(flags.words()[0]), labels = Idx::labels(flags.words()[1]);
  check_counts(images, labels);
  const std::string& target = flags.words()[2];
  const auto writer = create_database(backend, target);
  DATA_TOOL_LOG(kInfo, kName, "Opened ", flags.text("backend"), " ", target);
  DATA_TOOL_LOG(kInfo, kName, "A total of ", images.dim(0), " items.");
  DATA_TOOL_LOG(kInfo, kName, "Rows: ", images.dim(1), " Cols: ", images.dim(2));
  for (int64_t i = 0; i < images.dim(0); ++i) {
    check_interrupted();
    Datum datum;
    datum.set_channels(1);
    datum.set_height(static_cast<int32_t>(images.dim(1)));
    datum.set_width(static_cast<int32_t>(images.dim(2)));
    datum.set_data(std::string(images.item(i)));
    datum.set_label(static_cast<uint8_t>(labels.item(i)[0]));
    writer->put(numbered_key(i, 8), wire_bytes(datum));
  }
  writer->commit();
  DATA_TOOL_LOG(kInfo, kName, "Processed ", images.dim(0), " files.");
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
