// Making a net: what the passes make of its definition is wired to a graph. Running it is in
// run.cpp, weights in and out in weights.cpp.
#include "net/net.hpp"

#include <set>
#include <utility>

#include "net/gradients.hpp"
#include "net/messages.hpp"
#include "net/passes/crop_offsets.hpp"
#include "net/passes/phases.hpp"
#include "net/passes/splits.hpp"
#include "net/plan.hpp"
#include "net/wiring.hpp"
#include "schema/text.hpp"
#include "schema/unread_fields.hpp"

namespace caffe {

namespace {

// Fields that the schema knows and nobody here reads: refused, or warned of once for all layers.
void settle_fields(NetParameter& net, const NetSetup& setup) {
  IgnoredFields ignored;
  const auto net_label = [&] {
    return setup.source.empty() ? std::string("<text>") : setup.source;
  };
  with_context(net_label, [&] { settle_unread_fields(net, setup.options.lenient, ignored); });
  for (LayerParameter& layer : net.layer) {
    with_context([&] { return layer_label(setup.source, layer); },
                 [&] { settle_unread_fields(layer, setup.options.lenient, ignored); });
  }
  warn_of_ignored(ignored, net_label());
}

NetSetup settled(NetSetup setup) {
  settle_options(setup.options);
  return setup;
}

}  // namespace

Net::Net(const NetParameter& param, const NetSetup& setup)
    : setup_(settled(setup)), kernels_(kernels_of(setup_.options)) {
  const NumThreadsScope threads = compute_threads();
  NetParameter stated = param;
  stated.state.mut() = setup_.state;
  stated.state.mut().set_phase(setup_.state.phase);
  NetParameter own = filter_net(stated, setup_.source);
  settle_fields(own, setup_);
  write_crop_offsets(own, options().dialect, setup_.source);
  param_ = insert_splits(own, setup_.source);
  NET_LOG("Initializing net from parameters: \n", print_text(param_));
  debug_info_ = param_.debug_info;
  graph_ = wire(param_, options(), *kernels_, setup_.source);
  decide_backward(graph_);
  if (param_.force_backward || options().force_backward) force_backward(graph_);
  find_ready_after(graph_);
  for (const Node& node : graph_.nodes) {
    node.layer->set_runs_backward(node.need_backward);
    states_.push_back({true, false, shapes_of(node.bottoms), shapes_of(node.tops), -1});
  }
  for (const size_t id : graph_.output_ids) {
    NET_LOG("This network produces output ", graph_.blob_names[id]);
  }
  make_plan();
  NET_LOG("Network initialization done.");
}

Net::~Net() = default;

void Net::make_plan() {
  if (!options().optimize && !options().keep.empty()) {
    fail(Status::kInvalidArgument, "the option keep goes with optimize");
  }
  if (phase() != TEST) {
    if (!options().optimize) return;
    fail(Status::kInvalidArgument, "only a net of phase TEST can be made with optimize");
  }
  if (options().optimize) {
    std::set<size_t> shown(graph_.output_ids.begin(), graph_.output_ids.end());
    for (const std::string& name : options().keep) shown.insert(graph_.blob_index(name));
    for (const Node& node : graph_.nodes) {
      if (node.bottoms.empty()) shown.insert(node.top_ids.begin(), node.top_ids.end());
    }
    for (size_t i = 0; i < graph_.blobs.size(); ++i) {
      if (shown.count(i) == 0) graph_.blobs[i]->hide();
    }
  }
  plan_ = std::make_unique<Plan>(graph_, *kernels_, options().optimize);
}

void Net::set_device(Device& device) {
  if (&device == &kernels_->device()) return;
  const NumThreadsScope threads = compute_threads();
  // What fused steps have left out is made up for while their kernels are there.
  if (forwarded_fused_ && !options().optimize) forward_unfused();
  kernels_->wait();
  setup_.options.set_device(device.name());
  const std::string backend = options().has_backend() && device.is_host() ? options().backend : "";
  use_kernels(make_kernels(device, backend));
  try {
    reshape();
  } catch (...) {
    // The others are reshaped before they run.
    for (State& state : states_) {
      state.bottom_shapes.clear();
      state.top_shapes.clear();
    }
    throw;
  }
}

void Net::use_kernels(std::shared_ptr<Kernels> kernels) {
  const std::shared_ptr<Kernels> before = std::exchange(kernels_, std::move(kernels));
  for (size_t i = 0; i < layer_count(); ++i) {
    if (layer(i).set_kernels(*kernels_)) states_[i].forwarded = false;
  }
  forwarded_fused_ = false;
  if (plan_ != nullptr) make_plan();
}

NumThreadsScope Net::compute_threads() const {
  return NumThreadsScope(static_cast<int>(options().threads));
}

}  // namespace caffe
