// CIFAR-10's binary files as two databases: ten thousand records a file, each a byte for the label
// and 3 x 32 x 32 pixels.
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

constexpr const char* kName = "convert_cifar_data.cpp";
constexpr int64_t kRecords = 10000, kSide = 32, kPixels = 3 * kSide * kSide, kClasses = 10;
constexpr int64_t kTrainingFiles = 5;

void add_file(const std::string& path, DatabaseWriter& writer) {
  const MappedFile file = map_file(path);
  const auto size = static_cast<int64_t>(file.bytes.size());
  if (size != kRecords * (1 + kPixels)) {
    fail(Status::kParse, path, ": has ", size, " bytes, expected ", kRecords * (1 + kPixels),
         ": is it cut off, or no file of CIFAR-10's binary version?");
  }
  for (int64_t i = 0; i < kRecords; ++i) {
    check_interrupted();
    const std::string_view record =
        file.bytes.substr(static_cast<size_t>(i * (1 + kPixels)), static_cast<size_t>(1 + kPixels));
    const auto label = static_cast<uint8_t>(record[0]);
    if (label >= kClasses) {
      fail(Status::kParse, path, ": record ", i, " has the label ", int{label}, ", expected 0 to ",
           kClasses - 1);
    }
    Datum datum;
    datum.set_channels(3);
    datum.set_height(kSide);
    datum.set_width(kSide);
    datum.set_data(std::string(record.substr(1)));
    datum.set_label(label);
    writer.put(numbered_key(static_cast<int64_t>(writer.count()), 5), wire_bytes(datum));
  }
}

int run(const Flags& flags) {
  const std::string& input = flags.words()[0];
  const std::string& output = flags.words()[1];
  const std::string& type = flags.words()[2];
  const std::string backend = backend_of(type);
  std::vector<NewDatabase> databases;
  for (const char* part : {"train", "test"}) {
    std::string path = str(output, "/cifar10_", part, "_", type);
    databases.push_back({create_database(backend, path), std::move(path)});
  }
  DATA_TOOL_LOG(kInfo, kName, "Writing Training data");
  for (int64_t i = 1; i <= kTrainingFiles; ++i) {
    DATA_TOOL_LOG(kInfo, kName, "Training Batch ", i);
    add_file(str(input, "/data_batch_", i, ".bin"), *databases[0].writer);
  }
  DATA_TOOL_LOG(kInfo, kName, "Writing Testing data");
  add_file(input + "/test_batch.bin", *databases[1].writer);
  commit_all(databases);
  return 0;
}

}  // namespace

const DataTool convert_cifar_data = {
    "convert_cifar_data",
    "Make databases, cifar10_train_BACKEND and cifar10_test_BACKEND, of CIFAR-10's binary files.",
    "INPUT_FOLDER OUTPUT_FOLDER lmdb|leveldb",
    {},
    3,
    3,
    run};

}  // namespace caffe::tool
