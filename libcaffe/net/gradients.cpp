#include "net/gradients.hpp"

#include <set>

#include "net/messages.hpp"

namespace caffe {

namespace {

// As in the original. Written out, the weight goes to a Split, and the loss has its gradient.
void warn_of_lost_loss(const Layer& layer) {
  CAFFE_LOG(kWarning, layer_label("", layer.param()), ": nothing is trained by this loss, as ",
            "another layer reads it that leads to no loss. With its loss_weight written out (",
            "loss_weight: ", layer.default_loss_weight(0), ") it is");
}

}  // namespace

// While wiring, every layer above a parameter that learns was marked. Here, from the last layer to
// the first, those that do not contribute to a loss, or lie above a bottom whose gradient nobody
// wants (propagate_down: false), are taken out again.
void decide_backward(Graph& graph) {
  std::set<size_t> under_loss, skipped;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    Graph::Node& node = graph.nodes[i];
    bool contributes = false, is_loss = false, all_skipped = true;
    for (size_t j = 0; j < node.top_ids.size(); ++j) {
      is_loss = is_loss || node.loss_weights[j] != 0;
      contributes = contributes || is_loss || under_loss.count(node.top_ids[j]) > 0;
      if (skipped.count(node.top_ids[j]) == 0) all_skipped = false;
    }
    if (node.need_backward && all_skipped) {
      if (is_loss && node.layer->phase() == TRAIN) warn_of_lost_loss(*node.layer);
      node.need_backward = false;
      node.bottom_need_backward.assign(node.bottom_ids.size(), false);
    }
    if (!contributes) node.need_backward = false;
    NET_LOG(node.layer->name(), node.need_backward ? " needs backward computation."
                                                   : " does not need backward computation.");
    for (size_t j = 0; j < node.bottom_ids.size(); ++j) {
      if (contributes) {
        under_loss.insert(node.bottom_ids[j]);
      } else {
        node.bottom_need_backward[j] = false;
      }
      if (!node.bottom_need_backward[j]) skipped.insert(node.bottom_ids[j]);
    }
  }
}

void force_backward(Graph& graph) {
  for (Graph::Node& node : graph.nodes) {
    node.need_backward = true;
    for (size_t j = 0; j < node.bottom_ids.size(); ++j) {
      if (node.layer->allow_force_backward(static_cast<int>(j))) {
        node.bottom_need_backward[j] = true;
      }
    }
    for (size_t j = 0; j < node.layer->blobs().size(); ++j) {
      node.layer->set_param_propagate_down(j, true);
    }
  }
}

// Backward goes from the last layer to the first, so among those that share a parameter the one
// with the lowest index is the last to add to its gradient. Its owner need not be that one: layers
// that lead to no loss, or were told not to learn it, add nothing.
void find_ready_after(Graph& graph) {
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Graph::Node& node = graph.nodes[i];
    if (!node.need_backward) continue;
    for (size_t j = 0; j < node.learnables.size(); ++j) {
      const bool adds = node.layer->learns(j) && node.layer->param_propagate_down(j);
      if (adds) graph.learnables[node.learnables[j]].ready_after = i;
    }
  }
}

}  // namespace caffe
