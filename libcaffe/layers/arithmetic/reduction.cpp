// Reduction: y[n] = coeff * the sum over j of f(x[n, j]), where j runs over all axes from `axis`
// on.
//
//   operation  SUM: f(x) = x; ASUM: |x|; SUMSQ: x squared; MEAN: x, and y is divided by the number
//              of the j
//   axis       0: everything is reduced to a scalar; negative ones count from the last
//   coeff      1
//
// Bottom: any shape; top: its axes before `axis`. Sums are taken in double precision. The gradient
// of |x| at 0 is 0. A mean over nothing is 0. Not in place.
//
//   layer { name: "mean" type: "Reduction" bottom: "x" top: "mean"
//           reduction_param { operation: MEAN axis: 1 } }
#include "kernels/functors.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ReductionLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const ReductionParameter& wanted = *param().reduction_param;
    operation_ = wanted.operation;
    if (operation_ < ReductionParameter::SUM || operation_ > ReductionParameter::MEAN) {
      fail(Status::kInvalidArgument, "reduction_param.operation: ", static_cast<int>(operation_),
           " is none of SUM, ASUM, SUMSQ and MEAN");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const ReductionParameter& wanted = *param().reduction_param;
    const Shape& shape = bottom[0]->shape();
    const int axis = shape.axes() == 0 && wanted.axis == 0
                         ? 0
                         : bottom_axis(bottom, 0, wanted.axis, "reduction_param.axis");
    const std::vector<int64_t>& dims = shape.dims();
    top[0]->reshape(Shape(std::vector<int64_t>(dims.begin(), dims.begin() + axis)));
    scaled_.reshape(top[0]->shape());
    sums_ = shape.count(0, axis);
    terms_ = shape.count(axis);
    coeff_ = wanted.coeff;
    if (operation_ == ReductionParameter::MEAN && terms_ > 0) {
      coeff_ /= static_cast<float>(terms_);
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().reduce(reduction(), bottom[0]->data(), {}, coeff_, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const bool squares = operation_ == ReductionParameter::SUMSQ;
    const Tensor dy = scaled_.diff(), dx = bottom[0]->diff(), x = bottom[0]->data();
    kernels().axpby(squares ? 2 * coeff_ : coeff_, top[0]->diff(), 0, dy);
    if (squares) return kernels().channel_map(x, {{}, dy, {}}, {1, sums_, terms_}, dx);
    Strides strides;
    strides.add(sums_, 1, terms_);
    strides.add(terms_, 0, 1);
    kernels().copy_strided(strides, Into::kWhole, dy, dx);
    if (operation_ != ReductionParameter::ASUM) return;
    kernels().map_backward(functor::named(functor::AbsVal{}), x, x, dx, dx);
  }

 private:
  Reduction reduction() const {
    switch (operation_) {
      case ReductionParameter::ASUM:
        return Reduction::kSumOfMagnitudes;
      case ReductionParameter::SUMSQ:
        return Reduction::kSumOfSquares;
      default:
        return Reduction::kSum;
    }
  }

  ReductionParameter::ReductionOp operation_ = ReductionParameter::SUM;
  int64_t sums_ = 0, terms_ = 0;
  float coeff_ = 1;
  Blob scaled_;  // the top's gradient times what all terms share
};

const LayerRegistration<ReductionLayer> registration("Reduction");

}  // namespace
}  // namespace caffe
