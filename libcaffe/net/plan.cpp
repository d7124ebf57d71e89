#include "net/plan.hpp"

#include <algorithm>
#include <map>

#include "net/fusion.hpp"
#include "net/net.hpp"

namespace caffe {

Plan::Plan(const Net& net, bool everything)
    : net_(net), everything_(everything), steps_(fuse_layers(net, everything)) {
  fuses_ = std::any_of(steps_.begin(), steps_.end(),
                       [](const Step& step) { return step.fused != nullptr; });
}

// By storages, as blobs may share one: each is free after the last step that has to do with it,
// unless one of its blobs can be looked at, or was there before the net ran.
void Plan::plan_memory() {
  std::map<std::shared_ptr<Storage>, size_t> last;
  std::map<std::shared_ptr<Storage>, bool> stays;
  for (const auto& blob : net_.blobs()) {
    if (!blob->hidden()) stays[blob->data_storage()] = true;
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    for (const size_t layer : steps_[i].layers) {
      for (const size_t id : net_.bottom_ids(layer)) last[net_.blobs()[id]->data_storage()] = i;
      for (const size_t id : net_.top_ids(layer)) {
        last[net_.blobs()[id]->data_storage()] = i;
        if (net_.bottom_ids(layer).empty()) stays[net_.blobs()[id]->data_storage()] = true;
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
  for (const auto& blob : net_.blobs()) storages.push_back(blob->data_storage().get());
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
