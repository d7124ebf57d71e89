// What all uses of oneDNN share: its engine, the calling thread's stream and scratch memory, and
// our number of threads made its own. A primitive remembers the number of threads that it was made
// with, and divides its sums by it; so it has to be made and run within a ThreadScope.
#pragma once

#include <dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/shape.hpp"
#include "core/threads.hpp"

namespace caffe::onednn {

const dnnl::engine& engine();

// Whether oneDNN can be given such extents, steps and sizes: it hands them to its kernels as 32-bit
// numbers without a look, so that larger ones become others, 0 among them.
bool fits(const std::vector<int64_t>& values);

// Runs `body`; oneDNN's exceptions become errors of ours that name `what`.
template <class Body>
decltype(auto) guarded(const char* what, const Body& body);
[[noreturn]] void fail_with(const char* what, const dnnl::error& error);

// While it lives the calling thread's OpenMP regions, oneDNN's among them, use so many threads.
class ThreadScope {
 public:
  explicit ThreadScope(int threads = num_threads());
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

// Row major, and with axis 1 innermost.
dnnl::memory::desc plain(const dnnl::memory::dims& dims);
dnnl::memory::desc channels_last(const dnnl::memory::dims& dims);
// Whichever order a primitive likes best.
dnnl::memory::desc any(const dnnl::memory::dims& dims);

inline dnnl::memory wrap(const dnnl::memory::desc& desc, const float* values) {
  return dnnl::memory(desc, engine(), const_cast<float*>(values));
}

// Attributes every primitive is made with: its scratch memory comes from us.
dnnl::primitive_attr attributes();

// Executes with the calling thread's stream and scratch memory, and the number of threads that the
// primitive was made with.
void execute(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
             std::unordered_map<int, dnnl::memory> arguments, int threads = num_threads());

// target = source + scale * target, in whatever orders the two are.
class Reorder {
 public:
  Reorder() = default;
  Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to, float scale);
  void execute(const dnnl::memory& source, const dnnl::memory& target) const;

 private:
  dnnl::reorder::primitive_desc desc_;
  dnnl::reorder primitive_;
};

// Weights in the order a primitive likes, made anew when the version of the originals changes.
class PackedWeights {
 public:
  const dnnl::memory& get(const float* values, uint64_t version, const dnnl::memory::desc& from,
                          const dnnl::memory::desc& to);
  void forget() { version_ = 0; }

 private:
  Reorder reorder_;
  dnnl::memory memory_;
  uint64_t version_ = 0;
};

template <class Body>
decltype(auto) guarded(const char* what, const Body& body) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    fail_with(what, error);
  }
}

}  // namespace caffe::onednn
