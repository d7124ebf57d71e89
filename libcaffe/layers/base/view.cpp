#include "layers/base/view.hpp"

namespace caffe {

void ViewLayer::reshape(const BlobPointers& bottom, const BlobPointers& top) {
  reject_in_place(bottom, top);
  top[0]->reshape(view_of(bottom));
  if (!top_changes(0)) share_values(*bottom[0], *top[0]);
}

void ViewLayer::forward(const BlobPointers& bottom, const BlobPointers& top) {
  if (top_changes(0)) kernels().copy(bottom[0]->data(), top[0]->data());
}

void ViewLayer::backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                         const BlobPointers& bottom) {
  if (top_changes(0) && propagate_down[0]) kernels().copy(top[0]->diff(), bottom[0]->diff());
}

void share_values(const Blob& bottom, Blob& top) {
  top.share_data(bottom);
  top.share_diff(bottom);
}

}  // namespace caffe
