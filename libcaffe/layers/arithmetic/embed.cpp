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
#include "core/threads.hpp"
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/rows.hpp"

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
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    indices_ = read_indices(*bottom[0], bottom_name(0), rows_);
    float* y = top[0]->data().write();
    gather_rows(blobs()[0]->data().read(), indices_, width_, y);
    if (blobs().size() < 2) return;
    const float* b = blobs()[1]->data().read();
    parallel_for(bottom[0]->count(), grain_of(width_), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t c = 0; c < width_; ++c) y[i * width_ + c] += b[c];
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers&) override {
    if (propagate_down[0]) {
      fail(Status::kUnsupported, bottom_name(0), " holds indices, which have no gradient");
    }
    const float* dy = top[0]->diff().read();
    if (param_propagate_down(0)) {
      add_rows(dy, indices_, width_, blobs()[0]->diff().update());
    }
    if (blobs().size() > 1 && param_propagate_down(1)) {
      add_rows(dy, std::vector<int64_t>(indices_.size(), 0), width_, blobs()[1]->diff().update());
    }
  }

 private:
  int64_t rows_ = 0, width_ = 0;
  std::vector<int64_t> indices_;  // of the last forward
};

const LayerRegistration<EmbedLayer> registration("Embed");

}  // namespace
}  // namespace caffe
