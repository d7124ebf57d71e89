#include "layers/base/layer.hpp"

#include <algorithm>

#include "layers/base/filler.hpp"

namespace caffe {

void Layer::set_up(const BlobPointers& bottom, const BlobPointers& top) {
  check_arity(bottom, top);
  init(bottom, top);
  reshape(bottom, top);
}

namespace {

void check_count(const char* what, size_t count, int least, int most) {
  const int given = static_cast<int>(count);
  if (given >= least && given <= most) return;
  const char* bound = least == most ? "exactly" : given < least ? "at least" : "at most";
  fail(Status::kInvalidArgument, "takes ", bound, " ", given < least ? least : most, " ", what,
       ", not ", given);
}

}  // namespace

void Layer::check_arity(const BlobPointers& bottom, const BlobPointers& top) const {
  const Arity wanted = arity();
  check_count("bottom(s)", bottom.size(), wanted.min_bottoms, wanted.max_bottoms);
  check_count("top(s)", top.size(), wanted.min_tops, wanted.max_tops);
  if (wanted.equal && bottom.size() != top.size()) {
    fail(Status::kInvalidArgument, "makes one top of each bottom, but has ", bottom.size(),
         " bottom(s) and ", top.size(), " top(s)");
  }
}

void Layer::backward(const BlobPointers&, const std::vector<bool>& propagate_down,
                     const BlobPointers&) {
  // Under force_backward it is called for layers none of whose bottoms may get a gradient, too.
  if (std::find(propagate_down.begin(), propagate_down.end(), true) == propagate_down.end()) return;
  fail(Status::kUnsupported, "a layer of type ", type(), " has no gradient");
}

int64_t Layer::flops(const BlobPointers& bottom, const BlobPointers& top) const {
  int64_t values = 0;
  for (const Blob* each : top) values += each->count();
  return bottom.empty() ? 0 : values;
}

std::string Layer::bottom_name(size_t i) const {
  return i < param_.bottom.size() ? "bottom " + quoted(param_.bottom[i]) : str("bottom ", i);
}

void Layer::reject_in_place(const BlobPointers& bottom, const BlobPointers& top,
                            size_t first) const {
  for (size_t i = first; i < bottom.size(); ++i) {
    if (std::find(top.begin(), top.end(), bottom[i]) != top.end()) {
      fail(Status::kInvalidArgument, "cannot work in place: ", bottom_name(i),
           " is one of its tops");
    }
  }
}

void Layer::add_parameter(const Shape& shape, const FillerParameter& filler) {
  Rng rng = filler_rng(blobs_.size());
  blobs_.push_back(std::make_shared<Blob>(shape));
  fill(*blobs_.back(), filler, rng);
}

const Shape& Layer::image_shape(const BlobPointers& bottom, size_t i) const {
  const Shape& shape = bottom[i]->shape();
  if (shape.axes() != 4) {
    fail(Status::kShape, bottom_name(i), " must have 4 axes (N x C x H x W), its shape is ", shape);
  }
  return shape;
}

int Layer::bottom_axis(const BlobPointers& bottom, size_t i, int axis,
                       const char* parameter) const {
  return with_context([&] { return str(parameter, " does not fit ", bottom_name(i)); },
                      [&] { return bottom[i]->shape().canonical_axis(axis); });
}

}  // namespace caffe
