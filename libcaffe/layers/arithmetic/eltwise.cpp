// Eltwise: bottoms of one shape, combined value by value.
//
//   operation         SUM: y = sum of coeff[i] * x[i]
//                     PROD: y = product of x[i]
//                     MAX: y = the greatest of x[i]; the gradient goes to the bottom it came from,
//                     of equals to the second of the first two, else to the earlier
//   coeff             SUM only: none (all 1), or one for each bottom
//   stable_prod_grad  true: the gradient of PROD is the product of the other bottoms; false: y / x
//
// SUM may have its first bottom as top.
//
//   layer { name: "difference" type: "Eltwise" bottom: "a" bottom: "b" top: "difference"
//           eltwise_param { operation: SUM coeff: 1 coeff: -1 } }
#include <algorithm>

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class EltwiseLayer final : public Layer, public SumRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return {2, Arity::kAny, 1, 1, false}; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    const EltwiseParameter& wanted = *param().eltwise_param;
    operation_ = wanted.operation;
    const bool sum = operation_ == EltwiseParameter::SUM;
    if (!sum && operation_ != EltwiseParameter::PROD && operation_ != EltwiseParameter::MAX) {
      fail(Status::kInvalidArgument, "eltwise_param.operation: ", static_cast<int>(operation_),
           " is none of PROD, SUM and MAX");
    }
    if (!wanted.coeff.empty() && !sum) {
      fail(Status::kInvalidArgument, "eltwise_param.coeff goes with operation SUM only");
    }
    if (!wanted.coeff.empty() && wanted.coeff.size() != bottom.size()) {
      fail(Status::kInvalidArgument, "eltwise_param.coeff is given ", wanted.coeff.size(),
           " times; it is wanted once for each of the ", bottom.size(), " bottoms, or not at all");
    }
    coeff_ = wanted.coeff;
    if (coeff_.empty()) coeff_.assign(bottom.size(), 1);
    reject_in_place(bottom, top, sum ? 1 : 0);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 1; i < bottom.size(); ++i) {
      if (!(bottom[i]->shape() == bottom[0]->shape())) {
        fail(Status::kShape, bottom_name(i), " has shape ", bottom[i]->shape(), ", but ",
             bottom_name(0), " has ", bottom[0]->shape(), "; all bottoms must agree");
      }
    }
    top[0]->reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor y = top[0]->data();
    if (operation_ == EltwiseParameter::MAX) {
      greatest_.reshape(y.shape());
      return kernels().maximum(data_of(bottom), y, greatest_.data());
    }
    if (operation_ == EltwiseParameter::PROD) {
      kernels().multiply(bottom[0]->data(), bottom[1]->data(), y);
      for (size_t i = 2; i < bottom.size(); ++i) kernels().multiply(y, bottom[i]->data(), y);
      if (keeps_product() && runs_backward()) {
        product_.reshape(y.shape());
        kernels().copy(y, product_.data());
      }
      return;
    }
    kernels().weighted_sum(data_of(bottom), coeff_, y);
  }

  bool is_plain_sum() const override {
    return operation_ == EltwiseParameter::SUM &&
           std::all_of(coeff_.begin(), coeff_.end(), [](float each) { return each == 1; });
  }

  int64_t flops(const BlobPointers& bottom, const BlobPointers& top) const override {
    return static_cast<int64_t>(bottom.size() - 1) * top[0]->count();
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    // In place the first bottom's diff is the top's: it comes last.
    for (size_t i = bottom.size(); i-- > 0;) {
      if (!propagate_down[i]) continue;
      const Tensor dx = bottom[i]->diff();
      if (operation_ == EltwiseParameter::SUM) {
        kernels().axpby(coeff_[i], top[0]->diff(), 0, dx);
      } else if (operation_ == EltwiseParameter::MAX) {
        kernels().select(greatest_.data(), static_cast<int>(i), top[0]->diff(), dx);
      } else if (param().eltwise_param->stable_prod_grad) {
        multiply_others(bottom, i, dx);
        kernels().multiply(dx, top[0]->diff(), dx);
      } else {
        kernels().divide((keeps_product() ? product_ : *top[0]).data(), bottom[i]->data(), dx);
        kernels().multiply(dx, top[0]->diff(), dx);
      }
    }
  }

 private:
  // Whether the gradient needs the product and a later layer overwrites it.
  bool keeps_product() const { return top_changes(0) && !param().eltwise_param->stable_prod_grad; }

  void multiply_others(const BlobPointers& bottom, size_t i, Tensor product) {
    bool first = true;
    for (size_t k = 0; k < bottom.size(); ++k) {
      if (k == i) continue;
      if (first) {
        kernels().copy(bottom[k]->data(), product);
      } else {
        kernels().multiply(product, bottom[k]->data(), product);
      }
      first = false;
    }
  }

  static std::vector<ConstTensor> data_of(const BlobPointers& bottom) {
    std::vector<ConstTensor> data;
    for (const Blob* each : bottom) data.push_back(each->data());
    return data;
  }

  EltwiseParameter::EltwiseOp operation_ = EltwiseParameter::SUM;
  std::vector<float> coeff_;
  Blob product_;
  Blob greatest_;  // MAX: the bottom that each value came from
};

const LayerRegistration<EltwiseLayer> registration("Eltwise");

}  // namespace
}  // namespace caffe
