// InnerProduct: Y = X W^T + b, where an item's row of X is all its values from `axis` on.
//
//   num_output     required, at least 1
//   bias_term      true
//   weight_filler  constant 0
//   bias_filler    constant 0
//   axis           1
//   transpose      false; true: W is stored inputs x outputs
//
// Bottom: any shape; top: the axes before `axis`, then num_output. Parameters: W (outputs x
// inputs), b (outputs).
//
//   layer { name: "fc8" type: "InnerProduct" bottom: "fc7" top: "fc8"
//           inner_product_param { num_output: 1000 weight_filler { type: "xavier" } } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class InnerProductLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }
  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const InnerProductParameter& wanted = *param().inner_product_param;
    if (wanted.num_output == 0) {
      fail(Status::kInvalidArgument, "inner_product_param.num_output must be given, at least 1");
    }
    spec_.outputs = wanted.num_output;
    spec_.inputs = bottom[0]->shape().count(axis(bottom));
    spec_.transposed = wanted.transpose;
    spec_.bias = wanted.bias_term;
    spec_.training = phase() == TRAIN;
    spec_.bf16_weights = options().bf16_weights;

    const Shape weights =
        spec_.transposed ? Shape{spec_.inputs, spec_.outputs} : Shape{spec_.outputs, spec_.inputs};
    add_parameter(weights, *wanted.weight_filler);
    if (spec_.bias) add_parameter({spec_.outputs}, *wanted.bias_filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    const int first = axis(bottom);
    if (shape.count(first) != spec_.inputs) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " has ", shape.count(first),
           " inputs from axis ", first, " on, the weights are for ", spec_.inputs);
    }
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + first);
    dims.push_back(spec_.outputs);
    top[0]->reshape(Shape(dims));
    const int64_t rows = shape.count(0, first);
    if (operation_ == nullptr || rows != spec_.rows) {
      spec_.rows = rows;
      operation_ = kernels().inner_product(spec_);
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    operation_->forward(bottom[0]->data(), blobs()[0]->data(), bias(), top[0]->data());
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return top[0]->count() * (2 * spec_.inputs + (spec_.bias ? 1 : 0));
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!spec_.training) {
      spec_.training = true;
      operation_ = kernels().inner_product(spec_);
    }
    std::optional<Tensor> weight_diff, bias_diff;
    if (param_propagate_down(0)) weight_diff = blobs()[0]->diff();
    if (spec_.bias && param_propagate_down(1)) bias_diff = blobs()[1]->diff();
    if (weight_diff || bias_diff) {
      operation_->backward_weights(bottom[0]->data(), top[0]->diff(), weight_diff, bias_diff);
    }
    if (propagate_down[0]) {
      operation_->backward_data(top[0]->diff(), blobs()[0]->data(), bottom[0]->diff());
    }
  }

 private:
  bool forget_operations() override {
    operation_ = nullptr;
    return false;
  }

  int axis(const BlobPointers& bottom) const {
    return bottom_axis(bottom, 0, param().inner_product_param->axis, "inner_product_param.axis");
  }

  std::optional<ConstTensor> bias() const {
    if (!spec_.bias) return std::nullopt;
    return std::as_const(*blobs()[1]).data();
  }

  InnerProductSpec spec_;
  std::unique_ptr<InnerProduct> operation_;
};

const LayerRegistration<InnerProductLayer> registration("InnerProduct");

}  // namespace
}  // namespace caffe
