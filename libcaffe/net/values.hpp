// Blobs are overwritten in place, so who reads what somebody wrote is said by values: what one
// layer writes into a blob and others read until the next one writes it.
#pragma once

#include <cstddef>
#include <vector>

#include "net/graph.hpp"

namespace caffe {

struct Value {
  static constexpr size_t kNobody = static_cast<size_t>(-1);

  size_t writer = kNobody;      // kNobody: it is there before the net runs
  std::vector<size_t> readers;  // layers, once for each bottom
  std::vector<size_t> blobs;    // that show it; several behind a split
  std::vector<size_t> last_of;  // those in which nothing overwrites it
};

// The values of a graph, and which of them each layer reads and writes.
struct Values {
  explicit Values(const Graph& graph);

  std::vector<Value> all;
  std::vector<std::vector<size_t>> read, written;  // by layer; values, one a bottom and a top
};

}  // namespace caffe
