// Nets that use another net's weights.
#include <set>

#include "net/net.hpp"

namespace caffe {

std::unique_ptr<Net> Net::clone() const {
  NetSetup setup = setup_;
  auto copy = std::make_unique<Net>(param_, setup);
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const auto& mine = graph_.nodes[i].layer->blobs();
    const auto& theirs = copy->graph_.nodes[i].layer->blobs();
    for (size_t j = 0; j < mine.size(); ++j) theirs[j]->share_data(*mine[j]);
  }
  copy->loaded_ = loaded_;
  return copy;
}

std::vector<size_t> Net::share_weights(const Net& other) {
  const auto for_each_pair = [&](const auto& use) {
    for (const Node& source : other.graph_.nodes) {
      for (Node& target : graph_.nodes) {
        if (target.layer->name() != source.layer->name()) continue;
        const auto& from = source.layer->blobs();
        const auto& to = target.layer->blobs();
        with_context([&] { return graph_.label(target); },
                     [&] {
                       if (from.size() != to.size()) {
                         fail(Status::kShape, "cannot share weights: it has ", to.size(),
                              " parameter blob(s), the other net's layer has ", from.size());
                       }
                     });
        for (size_t j = 0; j < to.size(); ++j) use(target, *to[j], *from[j], j);
      }
    }
  };
  for_each_pair([&](Node& target, Blob& to, const Blob& from, size_t j) {
    if (to.shape() == from.shape()) return;
    fail(Status::kShape, graph_.label(target), ": cannot share parameter ", j, ": its shape is ",
         to.shape(), ", the other net's ", from.shape());
  });

  // Whom the other net gave a parameter, first its owner if it is among them: from there every
  // layer has it that shares it by name, also one that only this net has.
  std::set<const Blob*> given;
  for_each_pair([&](Node&, Blob& to, const Blob& from, size_t) {
    to.share_data(from);
    given.insert(&to);
  });
  std::vector<const Blob*> first(graph_.learnables.size(), nullptr);
  for (const Node& node : graph_.nodes) {
    for (size_t j = 0; j < node.learnables.size(); ++j) {
      const Blob* blob = node.layer->blobs()[j].get();
      if (first[node.learnables[j]] == nullptr && given.count(blob) > 0) {
        first[node.learnables[j]] = blob;
      }
    }
  }
  std::vector<size_t> left;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    bool whole = true;
    for (size_t j = 0; j < node.learnables.size(); ++j) {
      const Blob* from = first[node.learnables[j]];
      if (from == nullptr) {
        whole = false;
      } else {
        node.layer->blobs()[j]->share_data(*from);
      }
    }
    if (!whole) left.push_back(i);
  }
  return left;
}

}  // namespace caffe
