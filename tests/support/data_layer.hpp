// A layer without bottoms on its own: set up from a prototxt, its tops, and the files it reads.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "schema/files.hpp"
#include "schema/wire.hpp"

namespace caffe::test {

struct DataLayer {
  // `text` is what stands between the braces of `layer { }`.
  explicit DataLayer(const std::string& text, Phase phase = TEST, uint64_t seed = 1) {
    LayerParameter param = read_net_text("layer { name: \"d\" " + text + " }").layer.at(0);
    LayerContext context;
    context.phase = phase;
    context.kernels = &reference_kernels();
    context.seed = seed;
    for (size_t i = 0; i < param.top.size(); ++i) {
      blobs.push_back(std::make_unique<Blob>());
      tops.push_back(blobs.back().get());
    }
    layer = make_layer(param, context);
    layer->set_up({}, tops);
  }

  void forward() {
    layer->set_pass(pass++);
    layer->forward({}, tops);
  }
  // The values of top i, after a forward.
  std::vector<float> values(size_t i = 0) const {
    std::vector<float> out(static_cast<size_t>(tops[i]->count()));
    std::copy_n(tops[i]->data().read(), out.size(), out.data());
    return out;
  }
  std::vector<float> next(size_t i = 0) {
    forward();
    return values(i);
  }

  std::vector<std::unique_ptr<Blob>> blobs;
  BlobPointers tops;
  std::unique_ptr<Layer> layer;
  int64_t pass = 0;
};

// The record of an image C x H x W whose bytes count up from `first`.
inline std::string datum_bytes(int channels, int height, int width, int first, int label) {
  Datum datum;
  datum.set_channels(channels);
  datum.set_height(height);
  datum.set_width(width);
  datum.set_label(label);
  std::string data;
  for (int i = 0; i < channels * height * width; ++i) {
    data.push_back(static_cast<char>(first + i));
  }
  datum.set_data(data);
  return wire_bytes(datum);
}

}  // namespace caffe::test
