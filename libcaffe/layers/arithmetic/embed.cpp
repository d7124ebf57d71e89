// Embed: each index is replaced by its row of a table, y = W[index] + b: InnerProduct of one-hot
// vectors without making them.
//
//   num_output     required, at least 1: the length of a row
//   input_dim      required, at least 1: how many rows the table has
//   bias_term      true
//   weight_filler  constant 0
//   bias_filler    constant 0
//
// Bottom: indices 0 .. input_dim - 1, cut to whole numbers, of any shape; they have no gradient.
// Top: the bottom's axes, then num_output. Parameters: W (input_dim x num_output), b (num_output).
//
//   layer { name: "embedding" type: "Embed" bottom: "input_sentence" top: "embedded"
//           embed_param { bias_term: false input_dim: 8801 num_output: 1000
//                         weight_filler { type: "uniform" min: -0.08 max: 0.08 } } }
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class EmbedLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const EmbedParameter& wanted = *param().embed_param;
    rows_ = wanted.input_dim;
    width_ = wanted.num_output;
    if (width_ == 0) {
      fail(Status::kInvalidArgument, "embed_param.num_output must be given, at least 1");
    }
    if (rows_ == 0) {
      fail(Status::kInvalidArgument, "embed_param.input_dim must be given, at least 1");
    }
    add_parameter({rows_, width_}, *wanted.weight_filler);
    if (wanted.bias_term) add_parameter({width_}, *wanted.bias_filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    std::vector<int64_t> dims = bottom[0]->shape().dims();
    dims.push_back(width_);
    top[0]->reshape(Shape(dims));
    indices_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    check_indices(*bottom[0], bottom_name(0), rows_);
    kernels().copy(bottom[0]->data(), indices_.data());
    const Tensor y = top[0]->data();
    kernels().gather_rows(blobs()[0]->data(), indices_.data(), width_, y);
    if (blobs().size() < 2) return;
    const ConstTensor b = blobs()[1]->data();
    kernels().channel_map(y, {{}, {}, b}, view(), y);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers&) override {
    if (propagate_down[0]) {
      fail(Status::kUnsupported, bottom_name(0), " holds indices, which have no gradient");
    }
    const ConstTensor dy = top[0]->diff();
    if (param_propagate_down(0)) {
      kernels().add_rows(dy, indices_.data(), width_, blobs()[0]->diff());
    }
    if (blobs().size() > 1 && param_propagate_down(1)) {
      kernels().channel_sums(dy, {}, {}, view(), true, blobs()[1]->diff(), {});
    }
  }

 private:
  ChannelView view() const { return {indices_.count(), width_, 1}; }

  int64_t rows_ = 0, width_ = 0;
  Blob indices_;  // of the last forward
};

const LayerRegistration<EmbedLayer> registration("Embed");

}  // namespace
}  // namespace caffe
