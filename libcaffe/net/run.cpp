// Running a net: forward, backward, and following the shapes of its inputs.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/log.hpp"
#include "core/threads.hpp"
#include "net/forward_aside.hpp"
#include "net/net.hpp"
#include "net/plan.hpp"

namespace caffe {

// A loss's top holds its weight in its diff, where backward finds it.
void Net::fill_loss_diffs(Node& node) {
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (node.loss_weights[i] != 0) kernels().fill(node.loss_weights[i], node.tops[i]->diff());
  }
}

std::vector<Shape> Net::shapes_of(const BlobPointers& blobs) {
  std::vector<Shape> shapes;
  for (const Blob* blob : blobs) shapes.push_back(blob->shape());
  return shapes;
}

// Whether nobody has reshaped a blob of the layer since the layer was told.
bool Net::has_its_shapes(const Node& node) {
  const auto same = [](const Blob* blob, const Shape& shape) { return blob->shape() == shape; };
  const auto all = [&](const BlobPointers& blobs, const std::vector<Shape>& shapes) {
    return std::equal(blobs.begin(), blobs.end(), shapes.begin(), shapes.end(), same);
  };
  return node.shaped && all(node.bottoms, node.bottom_shapes) && all(node.tops, node.top_shapes);
}

// A gradient of the old shape, whoever put it there, is none of the new one.
void Net::require_shapes(const Node& node) const {
  if (has_its_shapes(node)) return;
  const auto compare = [](const BlobPointers& blobs, const std::vector<Shape>& shapes,
                          const auto& names, const char* kind) {
    for (size_t i = 0; i < std::min(blobs.size(), shapes.size()); ++i) {
      if (blobs[i]->shape() == shapes[i]) continue;
      const std::string name = i < names.size() ? names[i] : "";
      fail(Status::kState, "backward needs a forward, or a reshape of the net, before it: ", kind,
           " ", quoted(name), " has got another shape, ", shapes[i], " before, ",
           blobs[i]->shape(), " now");
    }
  };
  compare(node.bottoms, node.bottom_shapes, node.layer->param().bottom, "bottom");
  compare(node.tops, node.top_shapes, node.layer->param().top, "top");
  fail(Status::kState, "backward needs a forward before it: the layer's shapes did not fit");
}

// A layer that works in place must leave the blob its shape: it would read what is not there.
void Net::check_bottoms(const Node& node, const std::vector<Shape>& shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (node.bottoms[i]->shape() == shapes[i]) continue;
    fail(Status::kInvalidArgument, "cannot work in place: it makes a top of shape ",
         node.bottoms[i]->shape(), " of bottom ", quoted(node.layer->param().bottom[i]),
         ", whose shape is ", shapes[i]);
  }
}

void Net::reshape_node(Node& node, bool always) {
  const bool fits = has_its_shapes(node);
  if (!fits) node.forwarded = false;
  if (fits && !always && !node.layer->reshape_always()) return;
  std::vector<int64_t> counts;
  for (const Blob* top : node.tops) counts.push_back(top->count());
  const bool shaped = std::exchange(node.shaped, false);
  node.bottom_shapes = shapes_of(node.bottoms);
  node.layer->reshape(node.bottoms, node.tops);
  check_bottoms(node, node.bottom_shapes);
  node.top_shapes = shapes_of(node.tops);
  node.shaped = true;
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (!shaped || node.tops[i]->count() != counts[i]) return fill_loss_diffs(node);
  }
}

void Net::reshape() {
  const NumThreadsScope threads(setup_.threads);
  for (Node& node : nodes_) {
    with_context([&] { return label(node); }, [&] { reshape_node(node, true); });
  }
}

float Net::forward() {
  return nodes_.empty() ? 0 : forward(0, nodes_.size() - 1);
}

namespace {

void check_range(size_t index, size_t count, const char* what) {
  if (index >= count) {
    fail(Status::kNotFound, what, " layer ", index, " does not exist: the net has ", count,
         " layers");
  }
}

double sum_of_values(ConstTensor tensor) {
  const float* values = tensor.read(tensor.host_place());
  double sum = 0;
  for (int64_t i = 0; i < tensor.count(); ++i) sum += values[i];
  return sum;
}

}  // namespace

float Net::forward(size_t first, size_t last) {
  const NumThreadsScope threads(setup_.threads);
  check_range(first, nodes_.size(), "first");
  check_range(last, nodes_.size(), "last");
  take_pinned();
  forwarded_fused_ = first == 0 && last == nodes_.size() - 1 && runs_plan();
  if (forwarded_fused_) return forward_plan();
  if (setup_.optimize) {
    fail(Status::kState, "the net was made with optimize: it runs forward as a whole only");
  }
  float loss = 0;
  for (size_t i = first; i <= last; ++i) {
    call(kBeforeForward, i);
    loss += forward_layer(i);
    call(kAfterForward, i);
  }
  pass_ += stride_;
  show_pinned();
  return loss;
}

bool Net::runs_plan() const {
  if (setup_.optimize) return true;
  return plan_ != nullptr && plan_->fuses() && callbacks_.empty() && !debug_info_ && !goes_back_;
}

float Net::forward_plan() {
  begin_steps();
  float loss = 0;
  for (size_t i = 0; i < plan_->steps().size(); ++i) loss += forward_step(i);
  pass_ += stride_;
  show_pinned();
  return loss;
}

void Net::begin_steps() {
  // A step may need the shapes of blobs that later layers make.
  if (!std::all_of(nodes_.begin(), nodes_.end(), has_its_shapes)) {
    for (Node& node : nodes_) {
      with_context([&] { return label(node); }, [&] { reshape_node(node, false); });
    }
  }
  plan_->begin_pass();
}

float Net::forward_step(size_t i) {
  const NumThreadsScope threads(setup_.threads);
  const Step& step = plan_->steps()[i];
  float loss = 0;
  if (step.fused == nullptr) {
    loss = forward_layer(step.layers[0]);
  } else {
    for (const size_t layer : step.layers) {
      Node& node = nodes_[layer];
      with_context([&] { return label(node); }, [&] { reshape_node(node, false); });
    }
    with_context([&] { return label(nodes_[step.layers[0]]); }, [&] { step.fused->run(); });
  }
  plan_->end_step(i);
  return loss;
}

// After a forward by fused steps: does their layers' forwards one by one, so that they can go back,
// and those of the layers that have worked in place on what they write.
void Net::forward_unfused() {
  std::set<const Storage*> written;
  for (const Step& step : plan_->steps()) {
    for (const size_t layer : step.layers) {
      const Node& node = nodes_[layer];
      const bool in_place =
          std::any_of(node.bottoms.begin(), node.bottoms.end(), [&](Blob* bottom) {
            const auto shares = [&](Blob* top) {
              return top->data_storage() == bottom->data_storage();
            };
            return written.count(bottom->data_storage().get()) > 0 &&
                   std::any_of(node.tops.begin(), node.tops.end(), shares);
          });
      if (step.fused == nullptr && !in_place) continue;
      forward_layer(layer);
      for (const Blob* top : node.tops) written.insert(top->data_storage().get());
    }
  }
  forwarded_fused_ = false;
}

int64_t Net::add_callback(std::function<void(Event event, size_t layer)> callback) {
  if (setup_.optimize) {
    fail(Status::kState, "the net was made with optimize: its layers do not run one by one");
  }
  return callbacks_.add(std::move(callback));
}

namespace {

template <class Blobs, class Use>
void for_each_storage(const Blobs& blobs, const Use& use) {
  for (const auto& blob : blobs) {
    use(*blob->data_storage(), blob->shape());
    use(*blob->diff_storage(), blob->shape());
  }
}

void take(Storage& storage, const Shape& shape) {
  storage.begin_pass(shape);
}

}  // namespace

// What a callback writes through a pin is taken over when a layer that may read it runs: to look
// for it in all of the net's weights would cost as much as many layers do, twice a layer.
void Net::call(Event event, size_t layer) {
  if (callbacks_.empty()) return;
  show_pinned();
  callbacks_(event, layer);
  if (event != kBeforeForward && event != kBeforeBackward) return;
  const Node& node = nodes_[layer];
  for_each_storage(node.bottoms, take);
  for_each_storage(node.tops, take);
  for_each_storage(node.layer->blobs(), take);
}

float Net::forward_layer(size_t i) {
  const NumThreadsScope threads(setup_.threads);
  Node& node = nodes_[i];
  return with_context([&] { return label(node); },
                      [&] {
                        reshape_node(node, false);
                        node.layer->set_pass(pass_);
                        node.forwarded = false;
                        node.layer->forward(node.bottoms, node.tops);
                        node.forwarded = true;
                        node.top_shapes = shapes_of(node.tops);
                        if (debug_info_) log_forward(node);
                        double loss = 0;
                        for (size_t j = 0; j < node.tops.size(); ++j) {
                          const float weight = node.loss_weights[j];
                          if (weight != 0)
                            loss += double{weight} * sum_of_values(node.tops[j]->data());
                        }
                        return static_cast<float>(loss);
                      });
}

void Net::backward() {
  if (!nodes_.empty()) backward(nodes_.size() - 1, 0);
}

void Net::backward(size_t first, size_t last) {
  const NumThreadsScope threads(setup_.threads);
  check_range(first, nodes_.size(), "first");
  check_range(last, nodes_.size(), "last");
  if (setup_.optimize) {
    fail(Status::kState, "the net was made with optimize: it has no backward");
  }
  const auto goes_back = [](const Node& node) { return node.need_backward; };
  if (!said_no_gradient_ && std::none_of(nodes_.begin(), nodes_.end(), goes_back)) {
    said_no_gradient_ = true;
    CAFFE_LOG(kWarning, "backward computes nothing, all gradients stay as they are: no layer of ",
              "this net leads from a parameter that learns to a loss. Make the net with ",
              "force_backward: true, in its prototxt or as an option");
  }
  take_pinned();
  goes_back_ = true;
  if (forwarded_fused_) forward_unfused();
  for (size_t i = first + 1; i-- > last;) {
    call(kBeforeBackward, i);
    backward_layer(i);
    call(kAfterBackward, i);
    if (backward_observer_) backward_observer_(i);
  }
  if (debug_info_) log_all_params();
  show_pinned();
}

void Net::backward_layer(size_t i) {
  const NumThreadsScope threads(setup_.threads);
  Node& node = nodes_[i];
  if (!node.need_backward) return;
  with_context([&] { return label(node); },
               [&] {
                 // Layers go back by what they kept of a forward for these shapes.
                 require_shapes(node);
                 std::optional<ForwardAside> aside;
                 if (!node.forwarded) {
                   reshape_node(node, false);  // some shapes follow the bottoms' values
                   node.layer->set_pass(pass_);
                   aside.emplace(*node.layer, node.bottoms, node.tops);
                   node.top_shapes = shapes_of(node.tops);
                 }
                 node.layer->backward(node.tops, node.bottom_need_backward, node.bottoms);
                 if (debug_info_) log_backward(node);
               });
}

void Net::clear_param_diffs() {
  for (const Learnable& each : learnable_) kernels().fill(0, each.blob->diff());
}

void Net::take_pinned() {
  for_each_storage(blobs_, take);
  for (Node& node : nodes_) for_each_storage(node.layer->blobs(), take);
}

void Net::show_pinned() const {
  const auto show = [](Storage& storage, const Shape& shape) { storage.end_pass(shape); };
  for_each_storage(blobs_, show);
  for (const Node& node : nodes_) for_each_storage(node.layer->blobs(), show);
}

void Net::seek(int64_t pass, int64_t stride) {
  pass_ = pass;
  stride_ = stride;
  for (Node& node : nodes_) {
    with_context([&] { return label(node); }, [&] { node.layer->seek(pass); });
  }
}

}  // namespace caffe
