// What the layers of dense conditional random fields share: Gaussian kernels between the pixels of
// an image, and mean field steps (Kraehenbuehl and Koltun, "Efficient Inference in Fully Connected
// CRFs with Gaussian Edge Potentials", NIPS 2011). Values are kept pixel by pixel: pixels x
// classes.
#pragma once

#include <cstdint>
#include <vector>

#include "layers/crf/lattice.hpp"

namespace caffe {

// A part of an image, or of scores: the first `height` rows and `width` columns of planes that are
// `plane_width` wide and `plane` values apart.
struct PixelView {
  int64_t height, width, plane_width, plane;

  int64_t pixels() const { return height * width; }
};

// Planes of channels to pixels x channels and back.
std::vector<float> pixel_rows(const float* planes, const PixelView& view, int64_t channels);
void put_pixel_rows(const float* rows, const PixelView& view, int64_t channels, float* planes);

// y = softmax of every row; y may be x.
void softmax_rows(const float* x, int64_t rows, int64_t classes, float* y);
// From the diffs of y to those of x, in place.
void softmax_rows_backward(const float* y, int64_t rows, int64_t classes, float* diffs);

// sum over q of k(p, q) in[q], divided by that of ones.
class PixelKernel {
 public:
  // The Gaussian of the distance between pixels, its standard deviations in columns and rows.
  static PixelKernel of_places(const PixelView& view, float std_x, float std_y);
  // That of the distance in place and colour, one standard deviation a channel.
  static PixelKernel of_places_and_colours(const PixelView& view, float std_x, float std_y,
                                           const float* image, const std::vector<float>& stds);

  void apply(const float* in, int64_t channels, float* out) const;
  // The transposed map; overwrites `in`.
  void apply_transposed(float* in, int64_t channels, float* out) const;

 private:
  PixelKernel(const std::vector<float>& features, int64_t pixels, int dimensions);
  void normalise(int64_t channels, float* values) const;

  PermutohedralLattice lattice_;
  std::vector<float> scale_;
};

struct WeightedKernel {
  PixelKernel kernel;
  float weight;
};

// The class probabilities of every pixel after `iterations` mean field steps with Potts potentials,
// begun at the softmax of the scores: in each, a kernel's sums of the probabilities times its
// weight are added to the scores.
std::vector<float> mean_field(const std::vector<float>& scores, int64_t pixels, int64_t classes,
                              const std::vector<WeightedKernel>& kernels, int iterations);

}  // namespace caffe
