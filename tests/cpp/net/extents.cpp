// Extents above 2^31 are refused for want of memory, by whichever kernel meets them: none may hold
// them in 32 bits on the way there.
#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

constexpr int64_t kHuge = int64_t{1} << 40;  // floats of 4 TiB

std::string net_of(const std::vector<int64_t>& dims, const std::string& layer) {
  std::string shape;
  for (const int64_t dim : dims) shape += str("dim: ", dim, ' ');
  return str("layer { name: 'x' type: 'Input' top: 'x' input_param { shape { ", shape,
             "} } } layer { name: 'y' bottom: 'x' top: 'y' ", layer, " }");
}

void run(const std::string& text, Phase phase) {
  NetSetup setup;
  setup.state.set_phase(phase);
  NetParameter param;
  parse_text(text, param);
  Net net(param, setup);
  net.forward();
}

}  // namespace

TEST(extents_beyond_32_bits_are_out_of_memory) {
  const char* const layers[] = {
      "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 }",
      "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 3 pad: 1 }",
      "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 stride: 4294967295 }",
      "type: 'Deconvolution' convolution_param { num_output: 1 kernel_size: 1 }",
      "type: 'InnerProduct' inner_product_param { num_output: 2 }",
      "type: 'Pooling' pooling_param { kernel_size: 2 stride: 2 }",
      "type: 'Pooling' pooling_param { pool: AVE kernel_size: 2 stride: 2 }",
      "type: 'LRN'",
      "type: 'Softmax'",
      "type: 'Im2col' convolution_param { kernel_size: 1 }",
  };
  const std::vector<int64_t> shapes[] = {{kHuge, 1, 1, 1},
                                         {1, kHuge, 1, 1},
                                         {1, 1, kHuge, 1},
                                         {1, 1, 1, kHuge},
                                         {1, 1, 1 << 20, 1 << 20}};
  for (const char* layer : layers) {
    for (const std::vector<int64_t>& shape : shapes) {
      for (const Phase phase : {TRAIN, TEST}) {
        CHECK_FAILS(Status::kOutOfMemory, "no memory for", run(net_of(shape, layer), phase));
      }
    }
  }
}

}  // namespace caffe
