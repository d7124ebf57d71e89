#include "core/error.hpp"
#include "core/log.hpp"
#include "core/rng.hpp"
#include "data/database.hpp"
#include "schema/messages.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/idx.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_mnist_siamese_data.cpp";

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "leveldb", "name", "the kind of database: lmdb or leveldb"},
    {"seed", Flag::kNumber, "1", "number", "of the random pairs"},
};

// As many pairs as there are images, each drawn at random: two channels, and the label 1 when both
// show the same digit.
int run(const Flags& flags) {
  const std::string backend = backend_of(flags.text("backend"));
  const Idx images = Idx::images(flags.words()[0]), labels = Idx::labels(flags.words()[1]);
  check_counts(images, labels);
  const std::string& target = flags.words()[2];
  const auto writer = create_database(backend, target);
  DATA_TOOL_LOG(kInfo, kName, "Opening ", flags.text("backend"), " ", target);
  DATA_TOOL_LOG(kInfo, kName, "A total of ", images.dim(0), " items.");
  DATA_TOOL_LOG(kInfo, kName, "Rows: ", images.dim(1), " Cols: ", images.dim(2));
  Rng rng(static_cast<uint64_t>(flags.number("seed")), 0);
  const auto count = static_cast<uint64_t>(images.dim(0));
  for (int64_t n = 0; n < images.dim(0); ++n) {
    check_interrupted();
    const auto first = static_cast<int64_t>(rng.below(count));
    const auto second = static_cast<int64_t>(rng.below(count));
    Datum datum;
    datum.set_channels(2);
    datum.set_height(static_cast<int32_t>(images.dim(1)));
    datum.set_width(static_cast<int32_t>(images.dim(2)));
    datum.set_data(str(images.item(first), images.item(second)));
    datum.set_label(labels.item(first) == labels.item(second) ? 1 : 0);
    writer->put(numbered_key(n, 8), wire_bytes(datum));
  }
  writer->commit();
  DATA_TOOL_LOG(kInfo, kName, "Processed ", images.dim(0), " pairs.");
  return 0;
}

}  // namespace

const DataTool convert_mnist_siamese_data = {
    "convert_mnist_siamese_data",
    "Make a database of random pairs of MNIST's images, for a siamese net.",
    "IMAGE_FILE LABEL_FILE DB_NAME",
    kFlags,
    3,
    3,
    run};

}  // namespace caffe::tool
