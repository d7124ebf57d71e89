#include "net/plan.hpp"

#include <algorithm>
#include <map>

#include "net/fusion.hpp"

namespace caffe {

Plan::Plan(const Graph& graph, Kernels& kernels, bool everything)
    : graph_(graph), everything_(everything), steps_(fuse_layers(graph, kernels, everything)) {
  fuses_ = std::any_of(steps_.begin(), steps_.end(),
                       [](const Step& step) { return step.fused != nullptr; });
}

// By storages, as blobs may share one: each is free after the last step that has to do with it,
// unless one of its blobs can be looked at, or was there before the net ran.
void Plan::plan_memory() {
  std::map<std::shared_ptr<Storage>, size_t> last;
  std::map<std::shared_ptr<Storage>, bool> stays;
  for (const auto& blob : graph_.blobs) {
    if (!blob->hidden()) stays[blob->data_storage()] = true;
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    for (const size_t layer : steps_[i].layers) {
      const Graph::Node& node = graph_.nodes[layer];
      for (const Blob* bottom : node.bottoms) last[bottom->data_storage()] = i;
      for (const Blob* top : node.tops) {
        last[top->data_storage()] = i;
        if (node.bottoms.empty()) stays[top->data_storage()] = true;
      }
    }
  }
  releases_.assign(steps_.size(), {});
  for (const auto& [storage, step] : last) {
    if (stays[storage]) continue;
    storage->use_pool(pool_);
    releases_[step].push_back(storage);
  }
}

void Plan::begin_pass() {
  if (!everything_) return;
  std::vector<const Storage*> storages;
  for (const auto& blob : graph_.blobs) storages.push_back(blob->data_storage().get());
  if (storages != planned_for_) {
    plan_memory();
    planned_for_ = std::move(storages);
  }
  pool_->trim();
}

void Plan::end_step(size_t step) {
  if (!everything_) return;
  for (const auto& storage : releases_[step]) storage->release();
}

}  // namespace caffe
