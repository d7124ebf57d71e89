// Eltwise with coeff_blob: a weighted sum whose weights are a bottom,
//
//   y[i] = sum over n of coeff[n] * w[n, row of i] * x[n][i]
//
//   operation   SUM, nothing else
//   coeff       none (all 1), or one for each of the terms x
//   coeff_blob  true
//
// Bottoms: terms of one shape, then w, whose axis 0 is the number of the term; its further axes are
// the first axes of the terms, and say which values are one row. w has no gradient. Top: of the
// terms' shape; it may be the first term.
//
// Fork: LisaAnne/lisa-caffe-public (lstm_video), for S2VT; coeff_blob itself says that it is meant.
//
// Differs from the original: the gradient of all terms is right; the fork's is that of the first
// only, for the others it reads past the end.
//
//   layer { name: "gate" type: "Eltwise" bottom: "fc7" bottom: "mask" top: "fc7_padded"
//           eltwise_param { operation: SUM coeff_blob: true } }
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class EltwiseCoeffBlobLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {2, Arity::kAny, 1, 1, false}; }
  bool allow_force_backward(int bottom) const override {
    return static_cast<size_t>(bottom) + 1 < param().bottom.size();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    const EltwiseParameter& wanted = *param().eltwise_param;
    if (wanted.operation != EltwiseParameter::SUM) {
      fail(Status::kInvalidArgument, "eltwise_param.coeff_blob goes with operation SUM only");
    }
    terms_ = bottom.size() - 1;
    coeff_ = wanted.coeff;
    if (coeff_.empty()) coeff_.assign(terms_, 1);
    if (coeff_.size() != terms_) {
      fail(Status::kInvalidArgument, "eltwise_param.coeff is given ", coeff_.size(),
           " times; with coeff_blob it is wanted once for each of the ", terms_,
           " bottoms but the last, or not at all");
    }
    reject_in_place(bottom, top, 1);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    for (size_t i = 1; i < terms_; ++i) {
      if (!(bottom[i]->shape() == shape)) {
        fail(Status::kShape, bottom_name(i), " has shape ", bottom[i]->shape(), ", but ",
             bottom_name(0), " has ", shape, "; all terms must agree");
      }
    }
    const std::vector<int64_t>& given = bottom[terms_]->shape().dims();
    bool fits = !given.empty() && given[0] == static_cast<int64_t>(terms_) &&
                given.size() - 1 <= shape.dims().size();
    for (size_t i = 1; fits && i < given.size(); ++i) fits = given[i] == shape.dims()[i - 1];
    if (!fits) {
      fail(Status::kShape, "the coefficients ", bottom_name(terms_), " of shape ",
           bottom[terms_]->shape(), " must have the extents ", terms_,
           ", the number of terms, and then the first ones of the terms' shape ", shape);
    }
    const int axes = static_cast<int>(given.size()) - 1;
    rows_ = shape.count(0, axes);
    width_ = shape.count(axes);
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    // In place the first term is overwritten, so it comes first.
    for (size_t n = 0; n < terms_; ++n) {
      add(n, bottom[terms_]->data(), bottom[n]->data().read(),
          n == 0 ? top[0]->data().write() : top[0]->data().update(), n > 0);
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[terms_]) {
      fail(Status::kUnsupported, bottom_name(terms_),
           " holds coefficients, which have no gradient");
    }
    // In place the first bottom's diff is the top's: it comes last.
    for (size_t n = terms_; n-- > 0;) {
      if (!propagate_down[n]) continue;
      add(n, bottom[terms_]->data(), top[0]->diff().read(), bottom[n]->diff().write(), false);
    }
  }

 private:
  // to = coefficients of term n times from, on top of what is there with `accumulate`.
  void add(size_t n, ConstTensor coefficients, const float* from, float* to, bool accumulate) {
    const float* w = coefficients.read() + static_cast<int64_t>(n) * rows_;
    const float coeff = coeff_[n];
    parallel_for(rows_, grain_of(width_), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const float factor = coeff * w[row];
        for (int64_t i = row * width_; i < (row + 1) * width_; ++i) {
          to[i] = (accumulate ? to[i] : 0) + factor * from[i];
        }
      }
    });
  }

  size_t terms_ = 0;
  std::vector<float> coeff_;
  int64_t rows_ = 0, width_ = 0;
};

bool meant(const LayerParameter& param) {
  return param.eltwise_param->coeff_blob;
}

const LayerRegistration<EltwiseCoeffBlobLayer> registration("Eltwise", {"lrcn", meant});

}  // namespace
}  // namespace caffe
