// HDF5Data: batches of rows from HDF5 files.
//
//   source      a text file with the path of one HDF5 file a line, which may have blanks; the only
//               file itself is taken too, with a warning
//   batch_size  rows per forward
//   shuffle     false; takes the files, and the rows in each, in another order at every epoch
//
// Batches are made ahead of their use: prefetch and threads are those of Data.
//
// Tops: each is named after a dataset and has batch_size for the first of its axes, the dataset's
// other axes behind it. Any type of number, any number of axes. Batches run across the ends of
// files, after the last row comes the first.
//
//   layer { name: "data" type: "HDF5Data" top: "data" top: "label"
//           hdf5_data_param { source: "train_files.txt" batch_size: 32 shuffle: true } }
#include "core/checked.hpp"
#include "core/file_kind.hpp"
#include "core/log.hpp"
#include "data/hdf5_rows.hpp"
#include "data/path_list.hpp"
#include "layers/data/prefetching_layer.hpp"

namespace caffe {
namespace {

class Hdf5DataLayer : public PrefetchingLayer {
 public:
  using PrefetchingLayer::PrefetchingLayer;

  Arity arity() const override { return {0, 0, 1, Arity::kAny, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    if (param().has_transform_param()) {
      fail(Status::kInvalidArgument, "transform_param has no effect on HDF5Data");
    }
    if (batch_size() == 0) {
      fail(Status::kInvalidArgument, "hdf5_data_param.batch_size is 0 or missing, expected a ",
           "number of rows");
    }
    rows_ = std::make_unique<Hdf5Rows>(read_list(), param().top, param().hdf5_data_param->shuffle,
                                       context().seed, context().stream * 2);
    if (rows_->count() == 0) {
      fail(Status::kInvalidArgument, source(), ": the files listed hold no rows");
    }
    for (size_t i = 0; i < top.size(); ++i) {
      top[i]->reshape(batch_of(batch_size(), rows_->shape(i)));
    }
  }

 protected:
  Work begin(int64_t number, Batch& batch) override {
    std::vector<float*> values;
    for (size_t i = 0; i < batch.tops.size(); ++i) {
      batch.tops[i].reshape(batch_of(batch_size(), rows_->shape(i)));
      values.push_back(batch.tops[i].data().write());
    }
    rows_->read(checked_mul(number, batch_size()), batch_size(), values);
    return nullptr;
  }

 private:
  const std::string& source() const { return param().hdf5_data_param->source; }
  int64_t batch_size() const { return param().hdf5_data_param->batch_size; }

  std::vector<std::string> read_list() const {
    if (source().empty()) {
      fail(Status::kInvalidArgument, "hdf5_data_param.source is missing: a list of HDF5 files");
    }
    if (is_hdf5_file(source())) {
      CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": hdf5_data_param.source, ",
                caffe::quoted(source()),
                ", is an HDF5 file, not a list of them: it is read as the ", "only one");
      return {source()};
    }
    std::vector<std::string> files = read_path_list(source(), "a list of HDF5 files");
    if (files.empty()) fail(Status::kInvalidArgument, source(), ": lists no HDF5 file");
    return files;
  }

  std::unique_ptr<Hdf5Rows> rows_;
};

const PrefetchingLayerRegistration<Hdf5DataLayer> registration("HDF5Data");

}  // namespace
}  // namespace caffe
