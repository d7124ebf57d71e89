// The lines of debug_info: mean magnitudes of what each layer made, in the original's words.
#include "cpp/net/small_nets.hpp"
#include "net/net.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe::test {
namespace {

TEST(net_debug_info_tells_mean_magnitudes) {
  Net net = made(
      "debug_info: true "
      "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: 2 } } }"
      "layer { name: 'ip' type: 'InnerProduct' bottom: 'data' top: 'ip' inner_product_param {"
      "  num_output: 1 bias_term: false weight_filler { value: 2 } } }"
      "layer { name: 'sum' type: 'Reduction' bottom: 'ip' top: 'sum' loss_weight: 1 }");
  float* data = net.blobs()[0]->data().write();
  data[0] = 1, data[1] = -3;
  const Log log;
  net.forward();
  for (const char* line : {"    [Forward] Layer data, top blob data data: 2\n",
                           "    [Forward] Layer ip, top blob ip data: 4\n",
                           "    [Forward] Layer ip, param blob 0 data: 2\n",
                           "    [Forward] Layer sum, top blob sum data: 4\n"}) {
    CHECK_EQ(log.count(line), 1);
  }
  net.backward();
  for (const char* line :
       {"    [Backward] Layer sum, bottom blob ip diff: 1\n",
        "    [Backward] Layer ip, param blob 0 diff: 2\n",
        "    [Backward] All net params (data, diff): L1 norm = (4, 4); L2 norm = (2.82843, "
        "3.16228)\n"}) {
    CHECK_EQ(log.count(line), 1);
  }
  CHECK_EQ(log.count("bottom blob data"), 0);
  net.set_debug_info(false);
  net.forward();
  CHECK_EQ(log.count("[Forward]"), 4);
}

}  // namespace
}  // namespace caffe::test
