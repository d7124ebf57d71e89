#include "api/new_net.hpp"

#include "api/options.hpp"
#include "core/rng.hpp"

namespace caffe::api {

std::shared_ptr<Net> new_net(const NetParameter& param, Phase phase, const NetOptions& options,
                             const std::string& source) {
  NetSetup setup;
  setup.state = *param.state;
  setup.state.set_phase(phase);
  if (options.has_level()) setup.state.set_level(options.level);
  for (const std::string& stage : options.stage) setup.state.stage.push_back(stage);
  setup.kernels = kernels_of(options);
  setup.seed = options.has_seed() ? options.seed : next_net_seed();
  setup.force_backward = options.force_backward;
  setup.dialect = options.dialect;
  setup.tuning = tuning_of(options);
  setup.optimize = options.optimize;
  setup.keep = options.keep;
  setup.threads = threads_of(options);
  setup.lenient = options.lenient;
  setup.source = source;
  const auto net = std::make_shared<Net>(param, setup);
  net->load_weight_files(options.weights);
  return net;
}

}  // namespace caffe::api
