#include "layers/data/damaged_images.hpp"

#include "core/log.hpp"

namespace caffe {

void DamagedImages::add(const ImageDamage& one) {
  if (one.damage.empty()) return;
  if (!seen_.insert(one.image).second || seen_.size() < next_) return;
  next_ *= 10;
  CAFFE_LOG(kWarning, "layer ", quoted(layer_), ": ", one.image, ": ", one.damage,
            " and is used as far as it goes; ", seen_.size(),
            seen_.size() == 1 ? " such image" : " such images", " so far, the next line comes at ",
            next_);
}

}  // namespace caffe
