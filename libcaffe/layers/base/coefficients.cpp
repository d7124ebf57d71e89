#include "layers/base/coefficients.hpp"

namespace caffe {

void CoefficientLayer::init_coefficients(const BlobPointers& bottom, const std::string& field,
                                         int axis, int num_axes, const FillerParameter* filler,
                                         float value) {
  field_ = field;
  wanted_axis_ = axis;
  if (bottom.size() > 1) return;
  const int first = bottom_axis(bottom, 0, axis, (field + ".axis").c_str());
  const Shape& shape = bottom[0]->shape();
  if (num_axes < -1 || num_axes > shape.axes() - first) {
    fail(Status::kShape, field, ".num_axes must be -1 (all), or 0 to ", shape.axes() - first,
         ", what ", bottom_name(0), " of shape ", shape, " has from axis ", first, " on, not ",
         num_axes);
  }
  const auto begin = shape.dims().begin() + first;
  const auto end = num_axes < 0 ? shape.dims().end() : begin + num_axes;
  FillerParameter constant;
  constant.set_value(value);
  add_parameter(Shape(std::vector<int64_t>(begin, end)), filler == nullptr ? constant : *filler);
}

void CoefficientLayer::reshape(const BlobPointers& bottom, const BlobPointers& top) {
  const Shape& shape = bottom[0]->shape();
  const Shape& covered = coefficients(bottom).shape();
  // One coefficient for all values covers no axis, wherever it begins.
  const int axis =
      covered.axes() == 0 ? 0 : bottom_axis(bottom, 0, wanted_axis_, (field_ + ".axis").c_str());
  bool fits = axis + covered.axes() <= shape.axes();
  for (int i = 0; fits && i < covered.axes(); ++i) fits = covered[i] == shape[axis + i];
  if (!fits) {
    fail(Status::kShape, bottom.size() > 1 ? bottom_name(1) : "the parameter", " of shape ",
         covered, " does not fit ", bottom_name(0), " of shape ", shape, " from axis ", axis,
         " on");
  }
  view_ = {shape.count(0, axis), covered.count(), shape.count(axis + covered.axes())};
  top[0]->reshape(shape);
}

void CoefficientLayer::give_sums(ConstTensor dy, std::optional<ConstTensor> x,
                                 const BlobPointers& bottom) const {
  const bool parameter = bottom.size() == 1;
  const Tensor diff = parameter ? blobs()[0]->diff() : bottom[1]->diff();
  std::optional<Tensor> sums, products;
  (x ? products : sums) = diff;
  kernels().channel_sums(dy, x, {}, view_, parameter, sums, products);
}

}  // namespace caffe
