#include "net/forward_aside.hpp"

#include <algorithm>
#include <utility>

#include "layers/base/carrying.hpp"

namespace caffe {

void ForwardAside::put_aside(Blob& blob, std::vector<PutAside>& kept) {
  const auto own = std::make_shared<Blob>(Shape{0});
  own->share_data(blob);
  Blob shown(blob.shape());
  const ConstTensor values = std::as_const(blob).data();
  if (!values.empty()) {
    const Place place = values.host_place();
    std::copy_n(values.read(place), values.count(), shown.data().write(place));
  }
  kept.push_back({&blob, own});
  blob.share_data(shown);
}

void ForwardAside::put_back(std::vector<PutAside>& kept) {
  for (const PutAside& each : kept) {
    each.blob->share_data(*each.values);
    // The forward may have given a top another shape.
    each.blob->data_storage()->resize(each.blob->shape());
  }
  kept.clear();
}

ForwardAside::ForwardAside(Layer& layer, const BlobPointers& bottoms, const BlobPointers& tops) {
  auto* carrying = dynamic_cast<CarryingRole*>(&layer);
  if (carrying != nullptr) put_back_carried_ = carrying->remember();
  std::vector<PutAside> overwritten;
  try {
    for (size_t i = 0; i < layer.blobs().size(); ++i) {
      if (!layer.learns(i)) put_aside(*layer.blobs()[i], statistics_);
    }
    for (Blob* top : tops) put_aside(*top, overwritten);
    layer.forward(bottoms, tops);
  } catch (...) {
    put_back(overwritten);
    put_back(statistics_);
    if (put_back_carried_) put_back_carried_();
    throw;
  }
  put_back(overwritten);
}

void ForwardAside::end() {
  put_back(statistics_);
  if (const auto put_back_carried = std::exchange(put_back_carried_, nullptr)) put_back_carried();
}

ForwardAside::~ForwardAside() {
  try {
    end();
  } catch (...) {
  }
}

}  // namespace caffe
