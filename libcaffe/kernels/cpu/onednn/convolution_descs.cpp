#include "kernels/cpu/onednn/convolution_descs.hpp"

namespace caffe::onednn {

ConvolutionDescs::ConvolutionDescs(const ConvolutionSpec& spec) : with_bias(spec.bias) {
  stride = spec.stride, pad = end_pad = spec.pad;
  for (const int64_t each : spec.dilation) dilation.push_back(each - 1);  // 0: no holes
  const dnnl::memory::dims& k = spec.kernel;
  dnnl::memory::dims x = spec.bottom.dims(), y = spec.top.dims(), kernel = k;
  if (k.empty()) {
    x.push_back(1), y.push_back(1), kernel = {1};
    stride = {1}, pad = end_pad = dilation = {0};
  }
  for (size_t i = 0; i < k.size(); ++i) {
    // What the last window needs may be less than the padding given, never more.
    end_pad[i] =
        (y[i + 2] - 1) * stride[i] + (kernel[i] - 1) * spec.dilation[i] + 1 - x[i + 2] - pad[i];
  }
  dnnl::memory::dims w = {y[1], x[1] / spec.group};
  if (spec.group > 1) w = {spec.group, y[1] / spec.group, x[1] / spec.group};
  w.insert(w.end(), kernel.begin(), kernel.end());
  bottom = channels_last(x);
  top = channels_last(y);
  weights = any(w);
  plain_weights = plain(w);
  bias = plain({y[1]});
}

dnnl::convolution_forward::primitive_desc ConvolutionDescs::forward(
    dnnl::prop_kind kind, const dnnl::primitive_attr& attributes) const {
  return {engine(), kind,    dnnl::algorithm::convolution_direct,
          bottom,   weights, with_bias ? bias : dnnl::memory::desc(),
          top,      stride,  dilation,
          pad,      end_pad, attributes};
}

}  // namespace caffe::onednn
