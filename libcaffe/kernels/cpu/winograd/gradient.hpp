// The gradient of a convolution's weights by Winograd's filtering. The weights' gradient is the
// bottom correlated with the top's gradient, a tile of which is the filter: its transform D and
// that of the bottom under it, V, are multiplied point by point, and what comes of all tiles is
// added up, in order, before it is transformed to the taps. So it is the same for any number of
// threads: they share out points and columns, never a sum.
#pragma once

#include <vector>

#include "kernels/cpu/winograd/pass.hpp"

namespace caffe {

class WinogradGradient {
 public:
  // `shape` is that of the forward pass; its tiles do not matter.
  WinogradGradient(const WinogradShape& shape, const Simd& simd);

  // Adds to the gradient of the weights, or overwrites it.
  void run(const float* x, const float* dy, bool add, float* dw);

 private:
  void run_group(const float* x, const float* dy, bool add, float* dw);
  void transform_tile(int64_t tile, const float* x, const float* dy, float* v, float* d,
                      WinogradTiles tiles) const;

  const WinogradShape shape_;
  const PanelProducts& products_;
  const WinogradGradientTransforms& transforms_;
  const WinogradTransforms& operand_transforms_;
  const int64_t n_, points_;
  const WinogradGrid grid_;
  const int64_t blocks_, panels_;  // of 16 channels of the bottom; of the top's channels
  const std::vector<float> zeros_;
};

}  // namespace caffe
