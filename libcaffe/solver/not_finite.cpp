#include "solver/not_finite.hpp"

#include <algorithm>
#include <cmath>

#include "solver/log.hpp"

namespace caffe {

namespace {

bool finite(ConstTensor tensor) {
  if (tensor.empty()) return true;
  const float* values = tensor.read();
  return std::all_of(values, values + tensor.count(), [](float x) { return std::isfinite(x); });
}

}  // namespace

bool finite(const Blob& blob) {
  return finite(blob.data());
}

bool finite_diff(const Blob& blob) {
  return finite(blob.diff());
}

std::string first_not_finite(const Net& net) {
  for (size_t i = 0; i < net.layer_count(); ++i) {
    const Layer& layer = net.layer(i);
    const std::string label = str("layer ", quoted(layer.name()), " (", layer.type(), ")");
    for (size_t j = 0; j < layer.blobs().size(); ++j) {
      if (!finite(*layer.blobs()[j])) return str("parameter ", j, " of ", label);
    }
    for (const size_t top : net.top_ids(i)) {
      if (finite(*net.blobs()[top])) continue;
      return str("blob ", quoted(net.blob_names()[top]), ", made by ", label);
    }
  }
  return "";
}

void FiniteCheck::begin(const Net& net) {
  began_finite_.clear();
  for (const Net::Learnable& each : net.learnable()) began_finite_.push_back(finite(*each.blob));
}

void FiniteCheck::watch_loss(const Net& net, int64_t iter, float loss) {
  if (std::isfinite(loss) || warned_) return;
  warned_ = true;
  const std::string place = first_not_finite(net);
  SOLVER_LOG(kWarning, "Iteration ", iter, ": the loss is ", loss, "; first not finite is ",
             place.empty() ? "the loss itself" : place);
}

void FiniteCheck::check_gradients(const Net& net, int64_t iter, float loss) const {
  for (const Net::Learnable& each : net.learnable()) {
    if (each.lr_mult == 0 || finite_diff(*each.blob)) continue;
    const std::string place = first_not_finite(net);
    fail(Status::kState, "iteration ", iter, ": training cannot go on: the loss is ", loss,
         " and the gradient of ", quoted(each.name), " is not finite; first not finite is ",
         place.empty() ? "that gradient" : place,
         ". The update was not made. A lower base_lr or clip_gradients may help");
  }
}

void FiniteCheck::check_parameters(const Net& net, int64_t iter) const {
  for (size_t i = 0; i < began_finite_.size(); ++i) {
    const Net::Learnable& each = net.learnable()[i];
    if (!began_finite_[i] || finite(*each.blob)) continue;
    fail(Status::kState, "iteration ", iter, ": training has diverged: the parameter ",
         quoted(each.name), " is not finite, and no snapshot of it is taken. A ",
         "lower base_lr or clip_gradients may help");
  }
}

}  // namespace caffe
