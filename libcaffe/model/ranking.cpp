#include "model/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "core/files.hpp"

namespace caffe {

namespace {

float score_of(float value) {
  return std::isnan(value) ? -std::numeric_limits<float>::infinity() : value;
}

}  // namespace

std::vector<int64_t> largest(const float* values, int64_t count, int64_t most) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  const int64_t kept = std::min(most, count);
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](int64_t a, int64_t b) {
    const float one = score_of(values[a]), other = score_of(values[b]);
    return one != other ? one > other : a < b;
  });
  order.resize(static_cast<size_t>(kept));
  return order;
}

std::vector<std::string> read_labels(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::vector<std::string> labels;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(line);
  }
  return labels;
}

}  // namespace caffe
