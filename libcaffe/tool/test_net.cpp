#include "tool/test_net.hpp"

#include "core/rng.hpp"
#include "schema/files.hpp"

namespace caffe::tool {

std::unique_ptr<Net> make_test_net(const Flags& flags, const std::string& file) {
  const NetParameter param = read_net(file, false);
  NetSetup setup;
  setup.state = *param.state;
  setup.state.set_phase(TEST);
  setup.kernels = &kernels_by_name("cpu");
  setup.seed = next_net_seed();
  setup.dialect = flags.text("dialect");
  setup.source = file;
  return std::make_unique<Net>(param, setup);
}

}  // namespace caffe::tool
