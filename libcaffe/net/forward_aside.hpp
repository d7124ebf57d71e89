// A layer's forward for the sake of its backward alone, when backward is asked for first. What a
// layer keeps of its forward (masks, probabilities) is made from the bottoms as they are; the tops
// keep the values they have, whoever put them there, and so does all that a later forward depends
// on.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "layers/base/layer.hpp"

namespace caffe {

class ForwardAside {
 public:
  // Runs it.
  ForwardAside(Layer& layer, const BlobPointers& bottoms, const BlobPointers& tops);
  // Takes back what the forward has changed of statistics and states: backward still needs them.
  void end();
  // The same where backward has failed, and as far as a device lets it.
  ~ForwardAside();
  ForwardAside(const ForwardAside&) = delete;
  ForwardAside& operator=(const ForwardAside&) = delete;

 private:
  // A blob's own values, while it shows a copy that may be written over.
  struct PutAside {
    Blob* blob;
    std::shared_ptr<Blob> values;
  };
  static void put_aside(Blob& blob, std::vector<PutAside>& kept);
  static void put_back(std::vector<PutAside>& kept);

  std::vector<PutAside> statistics_;
  std::function<void()> put_back_carried_;
};

}  // namespace caffe
