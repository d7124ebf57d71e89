#include "net/setup.hpp"

#include "core/device.hpp"
#include "core/rng.hpp"
#include "core/threads.hpp"
#include "layers/base/registry.hpp"
#include "net/net.hpp"

namespace caffe {

std::shared_ptr<Kernels> kernels_of(const NetOptions& options) {
  const std::string backend = options.has_backend() ? options.backend : "";
  if (!options.has_device()) {
    return make_kernels(backend.empty() ? default_device() : host_device(), backend);
  }
  Device& device = find_device(options.device);
  if (!device.is_host() && !backend.empty()) {
    fail(Status::kInvalidArgument, "the option backend (", quoted(backend),
         ") chooses among the kernels of the device \"cpu\", not of ", quoted(device.name()));
  }
  return make_kernels(device, backend);
}

void settle_options(NetOptions& options) {
  if (options.has_device()) find_device(options.device);
  if (options.has_backend()) kernels_by_name(options.backend);
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
