#include "net/setup.hpp"

#include "core/device.hpp"
#include "core/rng.hpp"
#include "core/threads.hpp"
#include "layers/base/registry.hpp"
#include "net/net.hpp"

namespace caffe {

Kernels& kernels_of(const NetOptions& options) {
  return options.has_backend() ? kernels_by_name(options.backend) : cpu_kernels();
}

void settle_options(NetOptions& options) {
  find_device(options.has_device() ? options.device : default_device());
  kernels_of(options);
  check_dialect(options.dialect);
  convolution_method(options.convolution);
  if (options.threads > static_cast<uint32_t>(kMostThreads)) {
    fail(Status::kInvalidArgument, "options: threads is ", options.threads, ", not 0 to ",
         kMostThreads);
  }
  if (!options.has_seed()) options.set_seed(next_net_seed());
}

std::unique_ptr<Net> make_net(const NetParameter& param, Phase phase, const NetOptions& options,
                              const std::string& source) {
  NetSetup setup{*param.state, options, source};
  setup.state.set_phase(phase);
  if (options.has_level()) setup.state.set_level(options.level);
  for (const std::string& stage : options.stage) setup.state.stage.push_back(stage);
  auto net = std::make_unique<Net>(param, setup);
  net->load_weight_files(options.weights);
  return net;
}

}  // namespace caffe
