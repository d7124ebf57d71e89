#include "kernels/cpu/onednn/primitives.hpp"

#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>

#include "core/error.hpp"
#include "core/made_once.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/onednn/onednn.hpp"

namespace caffe::onednn {

namespace {

// A thread executes one primitive at a time, so one piece of scratch memory serves them all.
struct ThreadContext {
  dnnl::stream stream{engine()};
  dnnl::memory scratch;
  size_t scratch_size = 0;
};

ThreadContext& thread_context() {
  thread_local ThreadContext context;
  return context;
}

}  // namespace

const dnnl::engine& engine() {
  static MadeOnce<dnnl::engine> engine;
  return engine.get([] {
    // Where memory has been short, the cache of primitives of oneDNN 3.2 is left with an entry that
    // points to freed memory, and crashes when it drops that one. Each layer keeps its own
    // primitives, so little is lost without that cache.
    dnnl::set_primitive_cache_capacity(0);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  });
}

bool present() {
  return true;
}

std::string version() {
  const dnnl_version_t& version = *dnnl::version();
  return str(version.major, '.', version.minor, '.', version.patch);
}

bool fits(const std::vector<int64_t>& values) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  return std::all_of(values.begin(), values.end(),
                     [](int64_t value) { return -kMost <= value && value <= kMost; });
}

void fail_with(const char* what, const dnnl::error& error) {
  const bool memory = error.status == dnnl_out_of_memory;
  fail(memory ? Status::kOutOfMemory : Status::kInternal, what, ": oneDNN: ", error.message);
}

ThreadScope::ThreadScope(int threads) : before_(omp_get_max_threads()) {
  if (before_ != threads) omp_set_num_threads(threads);
}

ThreadScope::~ThreadScope() {
  if (before_ != omp_get_max_threads()) omp_set_num_threads(before_);
}

dnnl::memory::desc plain(const dnnl::memory::dims& dims) {
  dnnl::memory::dims strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, strides);
}

dnnl::memory::desc channels_last(const dnnl::memory::dims& dims) {
  dnnl::memory::dims strides(dims.size(), 1);
  int64_t stride = dims[1];
  for (size_t i = dims.size(); i-- > 2;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  strides[0] = stride;
  return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, strides);
}

dnnl::memory::desc any(const dnnl::memory::dims& dims) {
  return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

void execute(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
             std::unordered_map<int, dnnl::memory> arguments, int threads) {
  const ThreadScope scope(threads);
  ThreadContext& context = thread_context();
  if (scratchpad.get_size() > 0) {
    if (scratchpad.get_size() > context.scratch_size) {
      context.scratch = dnnl::memory();  // before the larger one is made
      context.scratch_size = 0;
      const auto bytes = static_cast<dnnl::memory::dim>(scratchpad.get_size());
      context.scratch = dnnl::memory(
          dnnl::memory::desc({bytes}, dnnl::memory::data_type::u8, dnnl::memory::dims{1}),
          engine());
      context.scratch_size = scratchpad.get_size();
    }
    arguments.emplace(DNNL_ARG_SCRATCHPAD,
                      dnnl::memory(scratchpad, engine(), context.scratch.get_data_handle()));
  }
  primitive.execute(context.stream, arguments);
  context.stream.wait();
}

Reorder::Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to, float scale) {
  const ThreadScope scope;  // primitives remember the number of threads they were made with
  dnnl::primitive_attr with_sum = attributes();
  if (scale != 0) {
    dnnl::post_ops sum;
    sum.append_sum(scale);
    with_sum.set_post_ops(sum);
  }
  desc_ = dnnl::reorder::primitive_desc(engine(), from, engine(), to, with_sum);
  primitive_ = dnnl::reorder(desc_);
}

void Reorder::execute(const dnnl::memory& source, const dnnl::memory& target) const {
  onednn::execute(primitive_, desc_.scratchpad_desc(),
                  {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}});
}

const dnnl::memory& PackedWeights::get(const float* values, uint64_t version,
                                       const dnnl::memory::desc& from,
                                       const dnnl::memory::desc& to) {
  if (version_ == version) return memory_;
  if (from == to) {
    memory_ = wrap(from, values);
    version_ = 0;  // nothing is kept: the values may move
    return memory_;
  }
  if (version_ == 0) {
    memory_ = dnnl::memory(to, engine());
    reorder_ = Reorder(from, to, 0);
  }
  reorder_.execute(wrap(from, values), memory_);
  version_ = version;
  return memory_;
}

}  // namespace caffe::onednn
