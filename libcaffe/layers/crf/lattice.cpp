#include "layers/crf/lattice.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/checked.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

using Key = std::array<int32_t, PermutohedralLattice::kMaxDimensions>;  // unused ones are 0

// Numbers keys in the order in which they come.
class KeyTable {
 public:
  KeyTable() : slots_(1 << 10, kEmpty) {}

  int64_t size() const { return static_cast<int64_t>(keys_.size()); }
  const Key& key(int64_t i) const { return keys_[static_cast<size_t>(i)]; }

  // -1: it has not come.
  int32_t find(const Key& key) const { return slots_[slot_of(key)]; }

  int32_t find_or_add(const Key& key) {
    size_t slot = slot_of(key);
    if (slots_[slot] != kEmpty) return slots_[slot];
    keys_.push_back(key);
    slots_[slot] = static_cast<int32_t>(keys_.size() - 1);
    if (keys_.size() * 2 > slots_.size()) grow();
    return static_cast<int32_t>(keys_.size() - 1);
  }

 private:
  static constexpr int32_t kEmpty = -1;

  // The slot that holds the key, or the free one where it belongs.
  size_t slot_of(const Key& key) const {
    uint64_t hash = 0;
    for (const int32_t each : key) {
      hash = (hash ^ static_cast<uint32_t>(each)) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29;
    }
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != kEmpty && keys_[static_cast<size_t>(slots_[slot])] != key) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }

  void grow() {
    slots_.assign(slots_.size() * 4, kEmpty);
    for (size_t i = 0; i < keys_.size(); ++i) slots_[slot_of(keys_[i])] = static_cast<int32_t>(i);
  }

  std::vector<Key> keys_;
  std::vector<int32_t> slots_;  // their number is a power of two
};

// Finds the simplex of one point: `base` and `rank` as in Places, `weight` the barycentric
// coordinates of its corners. False when the point is too far away.
bool embed_point(const float* feature, int d, const float* scale, int32_t* base, int32_t* rank,
                 float* weight) {
  constexpr float kFarthest = 1 << 22;  // where floats still tell a quarter apart
  constexpr int kMost = PermutohedralLattice::kMaxDimensions;
  const int all = d + 1;
  const float inverse = 1 / static_cast<float>(all);
  float place[kMost + 1];
  float sum = 0;
  for (int i = d; i > 0; --i) {
    const float scaled = feature[i - 1] * scale[i - 1];
    place[i] = sum - static_cast<float>(i) * scaled;
    sum += scaled;
  }
  place[0] = sum;

  // The nearest point whose coordinates are multiples of d + 1. Their sum may miss 0.
  int32_t excess = 0;
  for (int i = 0; i <= d; ++i) {
    if (!(std::fabs(place[i]) < kFarthest)) return false;
    const auto multiple = static_cast<int32_t>(std::nearbyint(place[i] * inverse));
    base[i] = multiple * all;
    excess += multiple;
    rank[i] = 0;
  }
  float rest[kMost + 1];
  for (int i = 0; i <= d; ++i) rest[i] = place[i] - static_cast<float>(base[i]);
  for (int i = 0; i < d; ++i) {
    for (int j = i + 1; j <= d; ++j) ++(rest[i] < rest[j] ? rank[i] : rank[j]);
  }
  for (int i = 0; i <= d; ++i) {
    rank[i] += excess;
    const int32_t turn = rank[i] < 0 ? 1 : rank[i] > d ? -1 : 0;
    rank[i] += turn * all;
    base[i] += turn * all;
  }

  float coordinate[kMost + 2] = {};
  for (int i = 0; i <= d; ++i) {
    const float part = (place[i] - static_cast<float>(base[i])) * inverse;
    coordinate[d - rank[i]] += part;
    coordinate[d - rank[i] + 1] -= part;
  }
  coordinate[0] += 1 + coordinate[all];
  std::copy_n(coordinate, all, weight);
  return true;
}

}  // namespace

// Where each point lies: the corner of remainder 0 of its simplex, and the simplex's permutation.
struct PermutohedralLattice::Places {
  std::vector<int32_t> base;  // points x (dimensions + 1)
  std::vector<int32_t> rank;  // points x (dimensions + 1)
};

PermutohedralLattice::PermutohedralLattice(const float* features, int64_t points, int dimensions)
    : points_(points), dimensions_(dimensions) {
  const int all = dimensions_ + 1;
  const int64_t elements = checked_mul(points, all);
  if (elements >= std::numeric_limits<int32_t>::max()) {
    fail(Status::kShape, points, " pixels are too many for a permutohedral lattice");
  }
  weight_.resize(static_cast<size_t>(elements));
  const Places places = embed(features);
  KeyTable table;
  const auto add_corners = [&](const int32_t* base, const int32_t* rank, const auto& take) {
    for (int k = 0; k < all; ++k) {
      Key key{};
      for (int i = 0; i < dimensions_; ++i) {
        key[static_cast<size_t>(i)] = base[i] + (rank[i] <= dimensions_ - k ? k : k - all);
      }
      take(table.find_or_add(key));
    }
  };
  corner_.reserve(static_cast<size_t>(elements));
  for (int64_t e = 0; e < elements; e += all) {
    add_corners(places.base.data() + e, places.rank.data() + e,
                [&](int32_t corner) { corner_.push_back(corner); });
  }
  // The implementation that all published models were made with takes four points at a time and
  // fills the last four up with the origin. The corners around it hold nothing, but pass the blur
  // on, so they are part of the result.
  if (points % 4 != 0) {
    const std::vector<float> origin(static_cast<size_t>(dimensions_));
    int32_t base[kMaxDimensions + 1], rank[kMaxDimensions + 1];
    float weight[kMaxDimensions + 1];
    embed_point(origin.data(), dimensions_, origin.data(), base, rank, weight);
    add_corners(base, rank, [](int32_t) {});
  }
  corners_ = table.size();

  // A counting sort of the elements by their corners.
  first_.assign(static_cast<size_t>(corners_) + 1, 0);
  for (const int32_t corner : corner_) ++first_[static_cast<size_t>(corner) + 1];
  for (size_t c = 1; c < first_.size(); ++c) first_[c] += first_[c - 1];
  elements_.resize(corner_.size());
  std::vector<int32_t> next(first_.begin(), first_.end() - 1);
  for (size_t e = 0; e < corner_.size(); ++e) {
    elements_[static_cast<size_t>(next[static_cast<size_t>(corner_[e])]++)] =
        static_cast<int32_t>(e);
  }

  neighbours_.resize(static_cast<size_t>(checked_mul(all * 2, corners_)));
  parallel_for(all * corners_, grain_of(100), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const auto direction = static_cast<int>(at / corners_);
      const Key& here = table.key(at % corners_);
      for (const int sign : {-1, 1}) {
        Key key = here;
        for (int i = 0; i < dimensions_; ++i) key[static_cast<size_t>(i)] += sign;
        if (direction < dimensions_) key[static_cast<size_t>(direction)] -= sign * all;
        const int32_t found = table.find(key);
        neighbours_[static_cast<size_t>(at * 2 + (sign > 0))] =
            found < 0 ? static_cast<int32_t>(corners_) : found;
      }
    }
  });
}

// Maps the points onto the hyperplane that the lattice lies in, where each one's simplex and its
// barycentric coordinates, which go into weight_, come from rounding and sorting.
PermutohedralLattice::Places PermutohedralLattice::embed(const float* features) {
  const int d = dimensions_, all = d + 1;
  const auto elements = static_cast<size_t>(points_ * all);
  Places places{std::vector<int32_t>(elements), std::vector<int32_t>(elements)};
  float scale[kMaxDimensions];
  const auto deviation = static_cast<float>(std::sqrt(2.0 / 3.0) * all);
  for (int i = 0; i < d; ++i) {
    scale[i] = static_cast<float>(1 / std::sqrt(double(i + 1) * (i + 2)) * deviation);
  }
  std::atomic<bool> fits = true;
  parallel_for(points_, grain_of(100), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      if (!embed_point(features + p * d, d, scale, places.base.data() + p * all,
                       places.rank.data() + p * all, weight_.data() + p * all)) {
        fits = false;
      }
    }
  });
  if (!fits) {
    fail(Status::kInvalidArgument, "a pixel's place or colour, divided by its standard deviation, ",
         "is not finite or too large");
  }
  return places;
}

void PermutohedralLattice::splat(const float* in, int64_t channels, float* values) const {
  const int all = dimensions_ + 1;
  parallel_for(corners_, grain_of(2 * channels), [=, this](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      float* to = values + c * channels;
      std::fill_n(to, channels, 0.0f);
      for (int32_t at = first_[static_cast<size_t>(c)]; at < first_[static_cast<size_t>(c) + 1];
           ++at) {
        const int32_t element = elements_[static_cast<size_t>(at)];
        const float weight = weight_[static_cast<size_t>(element)];
        const float* from = in + element / all * channels;
        for (int64_t i = 0; i < channels; ++i) to[i] += weight * from[i];
      }
    }
  });
}

void PermutohedralLattice::blur(int direction, int64_t channels, const float* from,
                                float* to) const {
  const int32_t* neighbours = neighbours_.data() + direction * corners_ * 2;
  parallel_for(corners_, grain_of(4 * channels), [=](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const float* here = from + c * channels;
      const float* before = from + neighbours[2 * c] * channels;
      const float* after = from + neighbours[2 * c + 1] * channels;
      float* y = to + c * channels;
      for (int64_t i = 0; i < channels; ++i) y[i] = here[i] + 0.5f * (before[i] + after[i]);
    }
  });
}

void PermutohedralLattice::slice(const float* values, int64_t channels, float* out) const {
  const int all = dimensions_ + 1;
  // The blurs along all directions add up to this much more than one.
  const float scale = 1 / (1 + std::ldexp(1.0f, -dimensions_));
  parallel_for(points_, grain_of(all * channels), [=, this](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      float* to = out + p * channels;
      std::fill_n(to, channels, 0.0f);
      for (int64_t e = p * all; e < (p + 1) * all; ++e) {
        const float weight = scale * weight_[static_cast<size_t>(e)];
        const float* from = values + corner_[static_cast<size_t>(e)] * channels;
        for (int64_t i = 0; i < channels; ++i) to[i] += weight * from[i];
      }
    }
  });
}

void PermutohedralLattice::run(const float* in, int64_t channels, float* out,
                               bool transposed) const {
  // The last row stays 0: it is the neighbour that is not there.
  const auto count = static_cast<size_t>(checked_mul(corners_ + 1, channels));
  std::vector<float> values(count), blurred(count);
  splat(in, channels, values.data());
  for (int i = 0; i <= dimensions_; ++i) {
    blur(transposed ? dimensions_ - i : i, channels, values.data(), blurred.data());
    values.swap(blurred);
  }
  slice(values.data(), channels, out);
}

}  // namespace caffe
