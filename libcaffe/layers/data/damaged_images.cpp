#include "layers/data/damaged_images.hpp"

#include "core/log.hpp"

namespace caffe {

void DamagedImages::add(const std::string& image, const std::string& damage) {
  if (damage.empty()) return;
  Seen& seen = *seen_;
  if (!seen.images.insert(image).second || seen.images.size() < seen.next) return;
  seen.next *= 10;
  CAFFE_LOG(kWarning, "layer ", quoted(layer_), ": ", image, ": ", damage,
            " and is used as far as it goes; ", seen.images.size(),
            seen.images.size() == 1 ? " such image" : " such images",
            " so far, the next line comes at ", seen.next);
}

}  // namespace caffe
