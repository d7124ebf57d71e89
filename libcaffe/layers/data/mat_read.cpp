// MatRead: serves blobs from files as MatWrite (mat_write.cpp), MATLAB, Octave and SciPy write
// them.
//
//   prefix      required; of the files' names, with their folder
//   source      none: a list of names, the first word of each line; after the last comes the first.
//               Without it names are iter_0, iter_1 ...
//   strip       0: so many characters are taken off the end of each name
//   batch_size  1: items per forward, a file each
//
// Tops: at least one; item n of top i is the array "data" of the n-th file, prefix + name +
// "_blob_" + i + ".mat", whose dimensions are W x H x C x 1, missing ones being 1. N x C x H x W as
// the first file says; the others must be equally large. Numbers of any type are read; files must
// not be compressed (data/mat_file.hpp).
//
// Fork: DeepLab, v1 and v2 (TheLegendAli/DeepLab-Context, xmyqsh/deeplab-v2); V1's type MAT_READ.
//
//   layer { name: "fc8" type: "MatRead" top: "fc8"
//           mat_read_param { prefix: "features/fc8/" source: "val_id.txt" batch_size: 1 } }
#include <algorithm>
#include <optional>

#include "data/mat_file.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/data/mat_files.hpp"

namespace caffe {
namespace {

class MatReadLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kServes;
  using Layer::Layer;

  Arity arity() const override { return {0, 0, 1, Arity::kAny, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    const MatReadParameter& wanted = *param().mat_read_param;
    if (wanted.batch_size < 1) {
      fail(Status::kInvalidArgument, "mat_read_param.batch_size must be at least 1, not ",
           wanted.batch_size);
    }
    files_.emplace("mat_read_param", wanted.prefix, wanted.source, wanted.strip);
    for (size_t i = 0; i < top.size(); ++i) {
      std::vector<int64_t> dims = read(0, i).dims;
      items_.push_back(dims);
      dims[0] = wanted.batch_size;
      top[i]->reshape(Shape(dims));
    }
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    const int64_t batch = param().mat_read_param->batch_size;
    for (size_t i = 0; i < top.size(); ++i) {
      const std::vector<int64_t>& wanted = items_[i];
      std::vector<int64_t> dims = wanted;
      dims[0] = batch;
      top[i]->reshape(Shape(dims));
      float* out = top[i]->data().write();
      for (int64_t n = 0; n < batch; ++n) {
        const int64_t index = pass() * batch + n;
        const MatArray item = read(index, i);
        if (item.dims != wanted) {
          fail(Status::kShape, path(index, i), " holds ", Shape(item.dims), ", the first file ",
               Shape(wanted));
        }
        out = std::copy(item.values.begin(), item.values.end(), out);
      }
    }
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

 private:
  std::string path(int64_t index, size_t blob) const {
    return files_->path(files_->size() == 0 ? index : index % files_->size(), blob);
  }

  // With dimensions in a blob's order, 1 x C x H x W or more.
  MatArray read(int64_t index, size_t blob) const {
    MatArray array = read_mat(path(index, blob), "data");
    while (array.dims.size() < 4) array.dims.push_back(1);
    std::reverse(array.dims.begin(), array.dims.end());
    if (array.dims[0] != 1) {
      fail(Status::kShape, path(index, blob), " holds ", Shape(array.dims),
           ", expected one item for a batch");
    }
    return array;
  }

  std::optional<MatFiles> files_;
  std::vector<std::vector<int64_t>> items_;  // of each top, the dimensions of the first file's
};

const LayerRegistration<MatReadLayer> registration("MatRead");

}  // namespace
}  // namespace caffe
