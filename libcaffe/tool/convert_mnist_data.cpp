#include "tool/data_tools.hpp"
#include "tool/mnist.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
};

int run(const Flags& flags) {
  return convert_mnist(flags, {"convert_mnist_data.cpp", "Opened", "files"},
                       [](const Idx& images, const Idx& labels, int64_t n, Datum& datum) {
                         datum.set_channels(1);
                         datum.set_data(std::string(images.item(n)));
                         datum.set_label(static_cast<uint8_t>(labels.item(n)[0]));
                       });
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
