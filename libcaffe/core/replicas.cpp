#include "core/replicas.hpp"

#include "core/error.hpp"

namespace caffe {

Replicas::Replicas() {
  of_host_[0].place = Place::kHost;
  of_host_[1].place = Place::kHostNhwc;
  of_host_[0].bit = 1;
  of_host_[1].bit = 2;
}

Replicas::~Replicas() {
  for (Node* node = others_; node != nullptr;) {
    Node* const next = node->next;
    delete node;
    node = next;
  }
}

Replica* Replicas::find(Place place) const {
  if (place == Place::kHost) return &of_host_[0];
  if (place == Place::kHostNhwc) return &of_host_[1];
  for (Node* node = others_.load(std::memory_order_acquire); node != nullptr;
       node = node->next.load(std::memory_order_acquire)) {
    if (node->replica.place == place) return &node->replica;
  }
  return nullptr;
}

Replica& Replicas::at(Place place) const {
  if (Replica* const found = find(place)) return *found;
  std::atomic<Node*>* end = &others_;
  uint64_t bit = 4;
  for (; *end != nullptr; end = &end->load()->next) bit = end->load()->replica.bit << 1;
  // The highest bit is taken: Storage's mark of a value that is to be filled in.
  if (bit >= uint64_t{1} << 63) fail(Status::kUnsupported, "a value is in too many places");
  Node* const node = new Node;
  node->replica.place = place;
  node->replica.bit = bit;
  end->store(node, std::memory_order_release);
  return node->replica;
}

}  // namespace caffe
