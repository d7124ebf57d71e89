// Parameter blobs that forks wrote in another order, number or shape.
#include <algorithm>

#include "core/checked.hpp"
#include "schema/blob_proto.hpp"
#include "schema/upgrade.hpp"

namespace caffe {
namespace {

// Mean, variance, their number and, if there are any, scale and bias.
void upgrade_batch_norm(std::vector<BlobProto>& blobs) {
  // NVIDIA before 0.16, Intel before 1.0: scale, bias, mean, variance, number.
  if (blobs.size() == 5 && blobs[0].data.size() > 1 && blobs[4].data.size() == 1) {
    std::rotate(blobs.begin(), blobs.begin() + 2, blobs.end());
    // Kept free there: mean and variance are not sums.
    if (blobs[2].data[0] == 0) blobs[2].data.own() = {1};
  }
  if (blobs.size() == 2) blobs.emplace_back().data.own() = {1};
  for (BlobProto& blob : blobs) {
    const auto count = static_cast<int64_t>(blob.data.size());
    int64_t shaped = 1;
    for (const int64_t extent : blob_shape(blob)) {
      shaped = capped_mul(shaped, std::max<int64_t>(extent, 0));
    }
    if (shaped != count) continue;  // refused when it is used
    blob.clear_num();
    blob.clear_channels();
    blob.clear_height();
    blob.clear_width();
    blob.shape.mut().dim = {count};
  }
}

}  // namespace

void upgrade_weights(NetParameter& net) {
  for (LayerParameter& layer : net.layer) {
    if (layer.type == "BatchNorm") upgrade_batch_norm(layer.blobs);
  }
}

}  // namespace caffe
