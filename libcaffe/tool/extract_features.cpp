#include <memory>

#include "core/device.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "data/database.hpp"
#include "schema/wire.hpp"
#include "solver/settings.hpp"
#include "tool/data_tools.hpp"
#include "tool/net_flags.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "extract_features.cpp";

// A blob whose items become the records of a database.
struct Feature {
  std::string name;
  const Blob* blob;
  DatabaseWriter* writer;
};

// Missing axes count as 1; more than four are one long one.
int32_t side(const Shape& shape, int axis) {
  return axis < shape.axes() ? static_cast<int32_t>(shape[axis]) : 1;
}

void add_records(Feature& feature) {
  const Shape& shape = feature.blob->shape();
  const int64_t items = shape.axes() == 0 ? 1 : shape[0];
  const int64_t count = items == 0 ? 0 : shape.count() / items;
  const float* values = feature.blob->data().read();
  for (int64_t i = 0; i < items; ++i, values += count) {
    Datum datum;
    const bool four = shape.axes() <= 4;
    datum.set_channels(four ? side(shape, 1) : static_cast<int32_t>(count));
    datum.set_height(four ? side(shape, 2) : 1);
    datum.set_width(four ? side(shape, 3) : 1);
    datum.float_data.assign(values, values + count);
    feature.writer->put(numbered_key(static_cast<int64_t>(feature.writer->count()), 10),
                        wire_bytes(datum));
  }
}

int run(const Flags& flags) {
  const std::vector<std::string>& words = flags.words();
  const std::vector<std::string> names = split_list(words[2]), targets = split_list(words[3]);
  if (names.size() != targets.size()) {
    fail(Status::kInvalidArgument, "there are ", names.size(), " blobs and ", targets.size(),
         " databases to write, expected as many");
  }
  const int batches = parsed_number(words[4]).value_or(-1);
  if (batches < 0) {
    fail(Status::kInvalidArgument, "expected a number of batches, found ", quoted(words[4]));
  }
  const std::string backend = backend_of(words[5]);
  if (words.size() > 6 && words[6] != "CPU") {
    fail_without_gpu(quoted(words[6]), "write CPU, or leave it out");
  }
  const std::unique_ptr<Net> made = make_net(flags, TEST, words[1]);
  Net& net = *made;
  net.load_weights(words[0]);
  std::vector<Feature> features;
  for (size_t i = 0; i < names.size(); ++i) {
    features.push_back({names[i], net.blobs()[net.blob_index(names[i])].get(), nullptr});
  }
  std::vector<NewDatabase> databases;
  for (size_t i = 0; i < targets.size(); ++i) {
    databases.push_back({create_database(backend, targets[i]), targets[i]});
    features[i].writer = databases[i].writer.get();
  }
  DATA_TOOL_LOG(kError, kName, "Extracting Features");
  for (int batch = 0; batch < batches; ++batch) {
    check_interrupted();
    net.forward();
    for (Feature& feature : features) add_records(feature);
  }
  commit_all(databases);
  for (const Feature& feature : features) {
    DATA_TOOL_LOG(kError, kName, "Extracted features of ", feature.writer->count(),
                  " query images for feature blob ", feature.name);
  }
  DATA_TOOL_LOG(kError, kName, "Successfully extracted the features!");
  return 0;
}

}  // namespace

const DataTool extract_features = {
    "extract_features",
    "Write what a net computes for its data, item by item, as databases.",
    "PRETRAINED_NET NET_PROTO BLOB[,BLOB,...] DB_NAME[,DB_NAME,...] NUM_MINI_BATCHES lmdb|leveldb "
    "[CPU]",
    net_flags(),
    6,
    8,
    run};

}  // namespace caffe::tool
