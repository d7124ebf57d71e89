// Gaussian filtering of values at points in a space of features, in time linear in the points, by
// the permutohedral lattice (Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the
// Permutohedral Lattice", Eurographics 2010): each point gives its values to the corners of the
// simplex of the lattice it lies in, the corners are blurred along the lattice's directions, and
// each point takes the blurred values back.
#pragma once

#include <cstdint>
#include <vector>

namespace caffe {

class PermutohedralLattice {
 public:
  static constexpr int kMaxDimensions = 8;

  // `features` are points x dimensions, in units of the Gaussian's standard deviation. Fails when
  // one is not finite or too large for the lattice.
  PermutohedralLattice(const float* features, int64_t points, int dimensions);

  // The sums over all points q of exp(-|f(p) - f(q)|^2 / 2) in[q], nearly, and but for a factor
  // that depends on the dimensions. `in` and `out` are points x channels.
  void filter(const float* in, int64_t channels, float* out) const {
    run(in, channels, out, false);
  }
  // The same linear map transposed, for gradients.
  void filter_transposed(const float* in, int64_t channels, float* out) const {
    run(in, channels, out, true);
  }

 private:
  struct Places;

  Places embed(const float* features);
  void run(const float* in, int64_t channels, float* out, bool transposed) const;
  void splat(const float* in, int64_t channels, float* values) const;
  void blur(int direction, int64_t channels, const float* from, float* to) const;
  void slice(const float* values, int64_t channels, float* out) const;

  int64_t points_;
  int dimensions_;
  int64_t corners_;  // that any point has
  // Of point p the elements p * (dimensions + 1) + k: a corner of its simplex and its weight.
  std::vector<int32_t> corner_;
  std::vector<float> weight_;
  // The other way: the elements that lead to corner c are elements_[first_[c] .. first_[c + 1]).
  std::vector<int32_t> first_, elements_;
  // The two neighbours of corner c in direction j: [(j * corners + c) * 2]; corners_ where there
  // is none.
  std::vector<int32_t> neighbours_;
};

}  // namespace caffe
