// HDF5Data: batches of rows from HDF5 files.
//
//   source      a text file with the path of one HDF5 file a line, which may have blanks; the only
//               file itself is taken too, with a warning
//   batch_size  rows per forward
//   shuffle     false; takes the files, and the rows in each, in another order at every epoch
//
// Tops: each is named after a dataset and has batch_size for the first of its axes, the dataset's
// other axes behind it. Any type of number, any number of axes. Batches run across the ends of
// files, after the last row comes the first.
//
//   layer { name: "data" type: "HDF5Data" top: "data" top: "label"
//           hdf5_data_param { source: "train_files.txt" batch_size: 32 shuffle: true } }
#include <algorithm>
#include <numeric>

#include "core/checked.hpp"
#include "core/file_kind.hpp"
#include "core/log.hpp"
#include "data/hdf5.hpp"
#include "data/path_list.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class Hdf5DataLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {0, 0, 1, Arity::kAny, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    if (param().has_transform_param()) {
      fail(Status::kInvalidArgument, "transform_param has no effect on HDF5Data");
    }
    if (batch_size() == 0) {
      fail(Status::kInvalidArgument, "hdf5_data_param.batch_size is 0 or missing, expected a ",
           "number of rows");
    }
    read_list();
    for (File& file : files_) check_file(file);
    if (total_rows_ == 0) {
      fail(Status::kInvalidArgument, source(), ": the files listed hold no rows");
    }
    for (size_t i = 0; i < top.size(); ++i) {
      std::vector<int64_t> dims = row_shapes_[i].dims();
      dims.insert(dims.begin(), batch_size());
      top[i]->reshape(Shape(dims));
    }
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    std::vector<float*> values;
    for (Blob* blob : top) values.push_back(blob->data().write());
    int64_t position = position_;
    for (int64_t done = 0; done < batch_size();) {
      go_to(position);
      const int64_t run = shuffle() ? 1 : std::min(batch_size() - done, rows_in_file() - row_);
      const int64_t row = shuffle() ? row_order_[static_cast<size_t>(row_)] : row_;
      for (size_t i = 0; i < values.size(); ++i) {
        const int64_t size = row_shapes_[i].count();
        std::copy_n(loaded_[i].data() + row * size, run * size, values[i] + done * size);
      }
      done += run;
      position += run;
    }
    position_ = position;
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

  void seek(int64_t pass) override { position_ = checked_mul(pass, batch_size()); }

 private:
  struct File {
    std::string path;
    int64_t rows = 0;
  };

  const std::string& source() const { return param().hdf5_data_param->source; }
  int64_t batch_size() const { return param().hdf5_data_param->batch_size; }
  bool shuffle() const { return param().hdf5_data_param->shuffle; }

  void read_list() {
    if (source().empty()) {
      fail(Status::kInvalidArgument, "hdf5_data_param.source is missing: a list of HDF5 files");
    }
    if (is_hdf5_file(source())) {
      CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": hdf5_data_param.source, ",
                caffe::quoted(source()),
                ", is an HDF5 file, not a list of them: it is read as the ", "only one");
      files_.push_back({source()});
      return;
    }
    for (const std::string& path : read_path_list(source(), "a list of HDF5 files")) {
      files_.push_back({path});
    }
    if (files_.empty()) fail(Status::kInvalidArgument, source(), ": lists no HDF5 file");
  }

  // Finds the file's number of rows; every file must have the first one's shapes.
  void check_file(File& file) {
    const Hdf5File hdf5 = Hdf5File::open(file.path);
    for (size_t i = 0; i < param().top.size(); ++i) {
      const std::string& dataset = param().top[i];
      const Shape shape = hdf5.shape(dataset);
      if (shape.axes() == 0) {
        fail(Status::kShape, file.path, ": ", caffe::quoted(dataset), " is one value, expected ",
             "rows of values");
      }
      if (i == 0) file.rows = shape[0];
      if (shape[0] != file.rows) {
        fail(Status::kShape, file.path, ": ", caffe::quoted(dataset), " has ", shape[0], " rows, ",
             caffe::quoted(param().top[0]), " has ", file.rows);
      }
      const Shape row(std::vector<int64_t>(shape.dims().begin() + 1, shape.dims().end()));
      if (row_shapes_.size() == i) row_shapes_.push_back(row);
      if (!(row == row_shapes_[i])) {
        fail(Status::kShape, file.path, ": rows of ", caffe::quoted(dataset), " have shape ", row,
             ", those of ", files_[0].path, " have ", row_shapes_[i]);
      }
    }
    total_rows_ = checked_add(total_rows_, file.rows);
  }

  // The order of `count` things; `block` tells the permutations of a net apart.
  std::vector<int64_t> permutation(int64_t count, uint64_t block) const {
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    Rng rng = filler_rng(block);
    for (size_t i = order.size(); shuffle() && i > 1; --i) {
      std::swap(order[i - 1], order[static_cast<size_t>(rng.below(i))]);
    }
    return order;
  }

  int64_t rows_in_file() const { return files_[static_cast<size_t>(file_)].rows; }

  // Sets file_ and row_ to where row `position` of the endless stream of rows is, and loads the
  // file if it is another one.
  void go_to(int64_t position) {
    const int64_t epoch = position / total_rows_;
    const uint64_t first_block =
        static_cast<uint64_t>(epoch) * (static_cast<uint64_t>(files_.size()) + 1);
    if (epoch != epoch_) {
      file_order_ = permutation(static_cast<int64_t>(files_.size()), first_block);
      epoch_ = epoch;
      row_order_file_ = -1;
    }
    row_ = position % total_rows_;
    size_t place = 0;
    while (row_ >= files_[static_cast<size_t>(file_order_[place])].rows) {
      row_ -= files_[static_cast<size_t>(file_order_[place++])].rows;
    }
    file_ = file_order_[place];
    if (file_ != loaded_file_) load();
    if (shuffle() && file_ != row_order_file_) {
      row_order_ = permutation(rows_in_file(), first_block + 1 + static_cast<uint64_t>(file_));
      row_order_file_ = file_;
    }
  }

  void load() {
    loaded_file_ = -1;
    const File& file = files_[static_cast<size_t>(file_)];
    const Hdf5File hdf5 = Hdf5File::open(file.path);
    loaded_.resize(row_shapes_.size());
    for (size_t i = 0; i < loaded_.size(); ++i) {
      const int64_t count = checked_mul(file.rows, row_shapes_[i].count());
      loaded_[i].resize(static_cast<size_t>(count));
      hdf5.read_floats(param().top[i], loaded_[i].data(), count);
    }
    loaded_file_ = file_;
  }

  std::vector<File> files_;
  std::vector<Shape> row_shapes_;  // of each top, without the first axis
  int64_t total_rows_ = 0;
  int64_t position_ = 0;  // of the endless stream of rows: where the next forward begins

  int64_t epoch_ = -1;
  std::vector<int64_t> file_order_, row_order_;  // of the epoch, of row_order_file_ in it
  int64_t row_order_file_ = -1;
  int64_t file_ = 0, row_ = 0;
  int64_t loaded_file_ = -1;
  std::vector<std::vector<float>> loaded_;  // its values, a top each
};

const LayerRegistration<Hdf5DataLayer> registration("HDF5Data");

}  // namespace
}  // namespace caffe
