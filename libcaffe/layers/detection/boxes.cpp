#include "layers/detection/boxes.hpp"

#include <cmath>

#include "core/error.hpp"

namespace caffe {

int64_t Priors::count_of(const Shape& shape, const std::string& name) {
  if (shape.axes() < 3 || shape[0] != 1 || shape[1] != 2 || shape[2] % 4 != 0 ||
      shape.count(3) != 1) {
    fail(Status::kShape, name, " has the shape ", shape,
         "; prior boxes are 1 x 2 x 4 times their number");
  }
  return shape[2] / 4;
}

BoxCode::BoxCode(PriorBoxParameter::CodeType type, bool plain, const char* field)
    : type_(type), plain_(plain) {
  if (type < PriorBoxParameter::CORNER || type > PriorBoxParameter::CORNER_SIZE) {
    fail(Status::kInvalidArgument, field, ": ", static_cast<int>(type),
         " is none of CORNER, CENTER_SIZE and CORNER_SIZE");
  }
}

void BoxCode::check(const Priors& priors, const std::string& name, bool encode) const {
  for (int64_t i = 0; i < priors.count(); ++i) {
    const Box prior = priors[i];
    if (type_ != PriorBoxParameter::CORNER && !(width(prior) > 0 && height(prior) > 0)) {
      fail(Status::kInvalidArgument, name, ": prior ", i, " is ", width(prior), " wide and ",
           height(prior), " high; offsets are in its sides, which must be greater than 0");
    }
    if (!encode) continue;
    for (int k = 0; k < 4; ++k) {
      if (!(priors.variance(i)[k] > 0)) {
        fail(Status::kInvalidArgument, name, ": variance ", k, " of prior ", i, " is ",
             priors.variance(i)[k], "; variances are greater than 0");
      }
    }
  }
}

Box BoxCode::decode(const Priors& priors, int64_t i, const float* offsets) const {
  const Box prior = priors[i];
  float by[4] = {offsets[0], offsets[1], offsets[2], offsets[3]};
  if (!plain_) {
    const float* variance = priors.variance(i);
    for (int k = 0; k < 4; ++k) by[k] *= variance[k];
  }
  if (type_ == PriorBoxParameter::CORNER) {
    return {prior.xmin + by[0], prior.ymin + by[1], prior.xmax + by[2], prior.ymax + by[3]};
  }
  const float w = width(prior), h = height(prior);
  if (type_ == PriorBoxParameter::CORNER_SIZE) {
    return {prior.xmin + by[0] * w, prior.ymin + by[1] * h, prior.xmax + by[2] * w,
            prior.ymax + by[3] * h};
  }
  const float x = by[0] * w + (prior.xmin + prior.xmax) / 2;
  const float y = by[1] * h + (prior.ymin + prior.ymax) / 2;
  const float half_width = std::exp(by[2]) * w / 2, half_height = std::exp(by[3]) * h / 2;
  return {x - half_width, y - half_height, x + half_width, y + half_height};
}

Box BoxCode::encode(const Priors& priors, int64_t i, const Box& box) const {
  const Box prior = priors[i];
  const float w = width(prior), h = height(prior);
  Box code;
  if (type_ == PriorBoxParameter::CENTER_SIZE) {
    code = {((box.xmin + box.xmax) - (prior.xmin + prior.xmax)) / 2 / w,
            ((box.ymin + box.ymax) - (prior.ymin + prior.ymax)) / 2 / h, std::log(width(box) / w),
            std::log(height(box) / h)};
  } else {
    code = {box.xmin - prior.xmin, box.ymin - prior.ymin, box.xmax - prior.xmax,
            box.ymax - prior.ymax};
    if (type_ == PriorBoxParameter::CORNER_SIZE) {
      code = {code.xmin / w, code.ymin / h, code.xmax / w, code.ymax / h};
    }
  }
  if (plain_) return code;
  const float* variance = priors.variance(i);
  return {code.xmin / variance[0], code.ymin / variance[1], code.xmax / variance[2],
          code.ymax / variance[3]};
}

}  // namespace caffe
