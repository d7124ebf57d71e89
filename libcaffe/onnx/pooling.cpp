// Poolings. Caffe's windows may reach behind the image, and its average divides by the places that
// lie within the image and its padding; ONNX's average divides by the whole window or by the places
// within the image. Paddings are chosen, before the pooling where need be, so that both agree.
#include "layers/pooling/pooling_geometry.hpp"

#include <algorithm>

#include "kernels/kernels.hpp"
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// The windows along one axis.
struct Side {
  int64_t kernel, stride, pad;
  int64_t behind;  // how far the last window reaches behind the image

  Side(int64_t size, int64_t windows, int64_t kernel_size, int64_t step, int64_t padding)
      : kernel(kernel_size),
        stride(step),
        pad(padding),
        behind(std::max<int64_t>((windows - 1) * step + kernel_size - padding - size, 0)) {
    // ONNX wants paddings to be shorter than the kernel.
    if (behind >= kernel) cannot_say("a window of a pooling that lies behind the image");
  }
};

struct Sides {
  Side h, w;

  explicit Sides(const PoolingSpec& spec)
      : h(spec.bottom[2], spec.top[2], spec.kernel_h, spec.stride_h, spec.pad_h),
        w(spec.bottom[3], spec.top[3], spec.kernel_w, spec.stride_w, spec.pad_w) {}

  Attributes attributes(const std::vector<int64_t>& pads) const {
    return {{"kernel_shape", std::vector<int64_t>{h.kernel, w.kernel}},
            {"pads", pads},
            {"strides", std::vector<int64_t>{h.stride, w.stride}}};
  }
};

Values max_pool(LayerNodes& nodes, const Value& x, const PoolingSpec& spec, size_t tops) {
  const Sides sides(spec);
  return nodes.add("MaxPool", {x},
                   sides.attributes({sides.h.pad, sides.w.pad, sides.h.behind, sides.w.behind}),
                   tops);
}

Value average_pool(LayerNodes& nodes, Value x, const PoolingSpec& spec) {
  const Sides sides(spec);
  const Side &h = sides.h, &w = sides.w;
  const bool padded = h.pad > 0 || w.pad > 0;
  const bool cut = h.behind > h.pad || w.behind > w.pad;  // a window ends behind the padding
  if (padded && !cut) {
    Attributes attributes = sides.attributes({h.pad, w.pad, h.behind, w.behind});
    attributes.emplace_back("count_include_pad", int64_t{1});
    return nodes.add("AveragePool", {x}, attributes);
  }
  // Zeros that count are put there before, what does not count is the operator's.
  const int64_t rows = std::min(h.behind, h.pad), columns = std::min(w.behind, w.pad);
  if (padded) x = nodes.add("Pad", {x, nodes.ints({0, 0, h.pad, w.pad, 0, 0, rows, columns})});
  return nodes.add("AveragePool", {x},
                   sides.attributes({0, 0, h.behind - rows, w.behind - columns}));
}

PoolingSpec spec_of(const LayerNodes& nodes) {
  const PoolingParameter& wanted = *nodes.param().pooling_param;
  const Shape& shape = nodes.bottom_shape();
  PoolingGeometry geometry = read_geometry(wanted);
  if (geometry.kernel.h == 0) {
    // From the bottom: side by side, so many bins as there are places in the top.
    geometry = bins_geometry(
        {shape[2], shape[3]},
        read_height_width("pooling_param", "bin_size", wanted.has_bin_size(), wanted.bin_size,
                          wanted.has_bin_h(), wanted.bin_h, wanted.has_bin_w(), wanted.bin_w),
        false);
  }
  return geometry.spec(shape);
}

// ONNX counts indices through the whole blob, Caffe within a plane.
Value index_in_plane(LayerNodes& nodes, const Value& index) {
  return nodes.to_floats(nodes.add("Mod", {index, nodes.ints({nodes.bottom_shape().count(2)})}));
}

Values pooling(LayerNodes& nodes) {
  const PoolingParameter& wanted = *nodes.param().pooling_param;
  const bool average = wanted.pool == PoolingParameter::AVE;
  if (wanted.pool == PoolingParameter::STOCHASTIC) cannot_say("STOCHASTIC pooling");
  if (wanted.global_pooling && nodes.top_count() == 1) {
    return {nodes.add(average ? "GlobalAveragePool" : "GlobalMaxPool", {nodes.bottom()})};
  }
  PoolingSpec spec;
  if (wanted.global_pooling) {
    PoolingGeometry geometry;
    geometry.kernel = {nodes.bottom_shape()[2], nodes.bottom_shape()[3]};
    spec = geometry.spec(nodes.bottom_shape());
  } else {
    spec = spec_of(nodes);
  }
  if (average) return {average_pool(nodes, nodes.bottom(), spec)};
  Values tops = max_pool(nodes, nodes.bottom(), spec, nodes.top_count());
  if (tops.size() > 1) tops[1] = index_in_plane(nodes, tops[1]);
  return tops;
}

Values spatial_pyramid(LayerNodes& nodes) {
  const SPPParameter& wanted = *nodes.param().spp_param;
  const Shape& shape = nodes.bottom_shape();
  Values levels;
  for (uint32_t i = 0; i < wanted.pyramid_height; ++i) {
    const int64_t bins = int64_t{1} << i;
    const PoolingSpec spec = bins_geometry({shape[2], shape[3]}, {bins, bins}, true).spec(shape);
    const Value level = wanted.pool == SPPParameter::AVE
                            ? average_pool(nodes, nodes.bottom(), spec)
                            : max_pool(nodes, nodes.bottom(), spec, 1)[0];
    if (wanted.pyramid_height == 1) return {level};
    levels.push_back(nodes.add("Flatten", {level}));
  }
  return {nodes.add("Concat", levels, {{"axis", int64_t{1}}})};
}

const Mapping mappings[] = {
    {"Pooling", pooling},
    {"SPP", spatial_pyramid},
};

}  // namespace
}  // namespace caffe::onnx
