// The debug_info log: mean magnitudes of what each layer made, in the original's lines.
#include <cmath>

#include "core/log.hpp"
#include "net/net.hpp"

namespace caffe {

namespace {

double mean_magnitude(Kernels& kernels, ConstTensor tensor) {
  return tensor.count() == 0
             ? 0
             : kernels.sum_of_magnitudes(tensor) / static_cast<double>(tensor.count());
}

}  // namespace

void Net::log_forward(const Node& node) const {
  for (size_t i = 0; i < node.tops.size(); ++i) {
    CAFFE_LOG(kInfo, "    [Forward] Layer ", node.layer->name(), ", top blob ",
              graph_.blob_names[node.top_ids[i]],
              " data: ", mean_magnitude(kernels(), node.tops[i]->data()));
  }
  for (size_t i = 0; i < node.layer->blobs().size(); ++i) {
    CAFFE_LOG(kInfo, "    [Forward] Layer ", node.layer->name(), ", param blob ", i,
              " data: ", mean_magnitude(kernels(), node.layer->blobs()[i]->data()));
  }
}

void Net::log_backward(const Node& node) const {
  for (size_t i = 0; i < node.bottoms.size(); ++i) {
    if (!node.bottom_need_backward[i]) continue;
    CAFFE_LOG(kInfo, "    [Backward] Layer ", node.layer->name(), ", bottom blob ",
              graph_.blob_names[node.bottom_ids[i]],
              " diff: ", mean_magnitude(kernels(), node.bottoms[i]->diff()));
  }
  for (size_t i = 0; i < node.layer->blobs().size(); ++i) {
    if (!node.layer->param_propagate_down(i)) continue;
    CAFFE_LOG(kInfo, "    [Backward] Layer ", node.layer->name(), ", param blob ", i,
              " diff: ", mean_magnitude(kernels(), node.layer->blobs()[i]->diff()));
  }
}

void Net::log_all_params() const {
  double data_l1 = 0, diff_l1 = 0, data_l2 = 0, diff_l2 = 0;
  for (const Learnable& each : graph_.learnables) {
    data_l1 += kernels().sum_of_magnitudes(each.blob->data());
    diff_l1 += kernels().sum_of_magnitudes(each.blob->diff());
    data_l2 += kernels().sum_of_squares(each.blob->data());
    diff_l2 += kernels().sum_of_squares(each.blob->diff());
  }
  CAFFE_LOG(kInfo, "    [Backward] All net params (data, diff): L1 norm = (", data_l1, ", ",
            diff_l1, "); L2 norm = (", std::sqrt(data_l2), ", ", std::sqrt(diff_l2), ")");
}

}  // namespace caffe
