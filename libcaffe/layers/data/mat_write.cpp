// MatWrite: writes each bottom into a file for MATLAB, Octave and SciPy, at every forward.
//
//   prefix  required; of the files' names, with their folder, which must be there
//   source  none: a list of names, the first word of each line, one for each forward; a forward
//           behind the last one is an error. Without it names are iter_0, iter_1 ...
//   strip   0: so many characters are taken off the end of each name
//   period  1: only every so manieth forward writes, the first one does
//
// Bottoms: any number. Bottom i of a forward goes to the file prefix + name + "_blob_" + i +
// ".mat", of level 5, as the array "data" of singles, W x H x C x N, its first index the innermost:
// what MATLAB's permute(data, [2 1 3 4]) makes an H x W image of. Bottoms of more axes keep them
// all. A file is whole or not there. No tops; the gradient is 0.
//
// Fork: DeepLab, v1 and v2 (TheLegendAli/DeepLab-Context, xmyqsh/deeplab-v2); V1's type MAT_WRITE.
//
//   layer { name: "fc8_mat" type: "MatWrite" bottom: "fc8_interp"
//           mat_write_param { prefix: "features/fc8/" source: "val_id.txt" strip: 0 period: 1 } }
#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "data/mat_file.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/data/mat_files.hpp"

namespace caffe {
namespace {

class MatWriteLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 0, 0, false}; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const MatWriteParameter& wanted = *param().mat_write_param;
    if (wanted.period < 1) {
      fail(Status::kInvalidArgument, "mat_write_param.period must be at least 1, not ",
           wanted.period);
    }
    files_.emplace("mat_write_param", wanted.prefix, wanted.source, wanted.strip);
    // Now rather than when there is something to lose.
    const auto folder = std::filesystem::path(files_->path(0, 0)).parent_path();
    std::error_code ignored;
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
      fail(Status::kIo, "there is no folder ", quoted(folder.string()), " for mat_write_param.",
           "prefix: ", quoted(wanted.prefix));
    }
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers& bottom, const BlobPointers&) override {
    if (pass() % param().mat_write_param->period != 0) return;
    if (files_->size() > 0 && pass() >= files_->size()) {
      fail(Status::kState, "there are ", files_->size(), " names in mat_write_param.source, ",
           quoted(param().mat_write_param->source), ", and this is forward ", pass() + 1);
    }
    for (size_t i = 0; i < bottom.size(); ++i) {
      std::vector<int64_t> dims = bottom[i]->shape().dims();
      while (dims.size() < 4) dims.insert(dims.begin(), 1);
      std::reverse(dims.begin(), dims.end());
      write_mat(files_->path(pass(), i), "data", dims, std::as_const(*bottom[i]).data().read());
    }
  }

  void backward(const BlobPointers&, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) bottom[i]->diff().clear();
    }
  }

 private:
  std::optional<MatFiles> files_;
};

const LayerRegistration<MatWriteLayer> registration("MatWrite");

}  // namespace
}  // namespace caffe
