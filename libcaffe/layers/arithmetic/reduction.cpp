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
#include <cmath>

#include "core/threads.hpp"
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
    sums_ = shape.count(0, axis);
    terms_ = shape.count(axis);
    coeff_ = wanted.coeff;
    if (operation_ == ReductionParameter::MEAN && terms_ > 0) {
      coeff_ /= static_cast<float>(terms_);
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* x = bottom[0]->data().read();
    float* y = top[0]->data().write();
    parallel_for(sums_, grain_of(terms_), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        double sum = 0;
        for (int64_t j = n * terms_; j < (n + 1) * terms_; ++j) sum += term(x[j]);
        y[n] = static_cast<float>(coeff_ * sum);
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* x = bottom[0]->data().read();
    const float* dy = top[0]->diff().read();
    float* dx = bottom[0]->diff().write();
    parallel_for(sums_, grain_of(terms_), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        const float scale = coeff_ * dy[n];
        for (int64_t j = n * terms_; j < (n + 1) * terms_; ++j) dx[j] = scale * slope(x[j]);
      }
    });
  }

 private:
  double term(float x) const {
    switch (operation_) {
      case ReductionParameter::ASUM:
        return std::fabs(x);
      case ReductionParameter::SUMSQ:
        return double{x} * x;
      default:
        return x;
    }
  }

  float slope(float x) const {
    switch (operation_) {
      case ReductionParameter::ASUM:
        return static_cast<float>((x > 0) - (x < 0));
      case ReductionParameter::SUMSQ:
        return 2 * x;
      default:
        return 1;
    }
  }

  ReductionParameter::ReductionOp operation_ = ReductionParameter::SUM;
  int64_t sums_ = 0, terms_ = 0;
  float coeff_ = 1;
};

const LayerRegistration<ReductionLayer> registration("Reduction");

}  // namespace
}  // namespace caffe
