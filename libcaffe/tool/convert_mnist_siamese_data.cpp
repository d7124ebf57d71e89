#include "core/error.hpp"
#include "core/rng.hpp"
#include "tool/data_tools.hpp"
#include "tool/mnist.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "leveldb", "name", "the kind of database: lmdb or leveldb"},
    {"seed", Flag::kNumber, "1", "number", "of the random pairs"},
};

// As many pairs as there are images, each drawn at random: two channels, and the label 1 when both
// show the same digit.
int run(const Flags& flags) {
  Rng rng(static_cast<uint64_t>(flags.number("seed")), 0);
  return convert_mnist(flags, {"convert_mnist_siamese_data.cpp", "Opening", "pairs"},
                       [&](const Idx& images, const Idx& labels, int64_t, Datum& datum) {
                         const auto count = static_cast<uint64_t>(images.dim(0));
                         const auto first = static_cast<int64_t>(rng.below(count));
                         const auto second = static_cast<int64_t>(rng.below(count));
                         datum.set_channels(2);
                         datum.set_data(str(images.item(first), images.item(second)));
                         datum.set_label(labels.item(first) == labels.item(second) ? 1 : 0);
                       });
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
