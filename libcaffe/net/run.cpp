// Running a net: forward, backward, and following the shapes of its inputs.
#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "core/log.hpp"
#include "core/threads.hpp"
#include "net/forward_aside.hpp"
#include "net/net.hpp"
#include "net/plan.hpp"

namespace caffe {

// Whether nobody has reshaped a blob of the layer since the layer was told.
bool Net::has_its_shapes(size_t i) const {
  const Node& node = graph_.nodes[i];
  const State& state = states_[i];
  const auto same = [](const Blob* blob, const Shape& shape) { return blob->shape() == shape; };
  const auto all = [&](const BlobPointers& blobs, const std::vector<Shape>& shapes) {
    return std::equal(blobs.begin(), blobs.end(), shapes.begin(), shapes.end(), same);
  };
  return state.shaped && all(node.bottoms, state.bottom_shapes) && all(node.tops, state.top_shapes);
}

// A gradient of the old shape, whoever put it there, is none of the new one.
void Net::require_shapes(size_t i) const {
  if (has_its_shapes(i)) return;
  const Node& node = graph_.nodes[i];
  const auto compare = [](const BlobPointers& blobs, const std::vector<Shape>& shapes,
                          const auto& names, const char* kind) {
    for (size_t k = 0; k < std::min(blobs.size(), shapes.size()); ++k) {
      if (blobs[k]->shape() == shapes[k]) continue;
      const std::string name = k < names.size() ? names[k] : "";
      fail(Status::kState, "backward needs a forward, or a reshape of the net, before it: ", kind,
           " ", quoted(name), " has got another shape, ", shapes[k], " before, ", blobs[k]->shape(),
           " now");
    }
  };
  compare(node.bottoms, states_[i].bottom_shapes, node.layer->param().bottom, "bottom");
  compare(node.tops, states_[i].top_shapes, node.layer->param().top, "top");
  fail(Status::kState, "backward needs a forward before it: the layer's shapes did not fit");
}

void Net::reshape_node(size_t i, bool always) {
  const Node& node = graph_.nodes[i];
  State& state = states_[i];
  const bool fits = has_its_shapes(i);
  if (!fits) state.forwarded = false;
  if (fits && !always && !node.layer->reshape_always()) return;
  std::vector<int64_t> counts;
  for (const Blob* top : node.tops) counts.push_back(top->count());
  const bool shaped = std::exchange(state.shaped, false);
  state.bottom_shapes = shapes_of(node.bottoms);
  node.layer->reshape(node.bottoms, node.tops);
  check_bottoms(node, state.bottom_shapes);
  state.top_shapes = shapes_of(node.tops);
  bool fills = !shaped;
  for (size_t k = 0; k < node.tops.size(); ++k) fills |= node.tops[k]->count() != counts[k];
  if (fills) fill_loss_diffs(node, *kernels_);
  state.shaped = true;
}

void Net::reshape() {
  const NumThreadsScope threads = compute_threads();
  for (size_t i = 0; i < layer_count(); ++i) {
    with_context([&] { return label(i); }, [&] { reshape_node(i, true); });
  }
}

float Net::forward() {
  return graph_.nodes.empty() ? 0 : forward(0, graph_.nodes.size() - 1);
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
  const NumThreadsScope threads = compute_threads();
  check_range(first, graph_.nodes.size(), "first");
  check_range(last, graph_.nodes.size(), "last");
  take_pinned();
  std::vector<std::function<void()>> rewinds;
  for (const Node& node : graph_.nodes) {
    if (auto rewind = node.layer->remember_pass()) rewinds.push_back(std::move(rewind));
  }
  try {
    return forward_layers(first, last);
  } catch (...) {
    for (const auto& rewind : rewinds) rewind();
    throw;
  }
}

float Net::forward_layers(size_t first, size_t last) {
  const bool whole = first == 0 && last == graph_.nodes.size() - 1;
  if (options().optimize && !whole) {
    fail(Status::kState, "the net was made with optimize: it runs forward as a whole only");
  }
  // The layers outside of a part keep to the pass before.
  if (forwarded_fused_ && !whole) forward_unfused();
  forwarded_fused_ = whole && runs_plan();
  if (forwarded_fused_) return forward_plan();
  float loss = 0;
  for (size_t i = first; i <= last; ++i) {
    call(kBeforeForward, i);
    loss += forward_layer(i, pass_);
    call(kAfterForward, i);
  }
  loss += deferred_losses(first, last);
  pass_ += stride_;
  show_pinned();
  return loss;
}

bool Net::runs_plan() const {
  if (options().optimize) return true;
  return plan_ != nullptr && plan_->fuses() && callbacks_.empty() && !debug_info_ && !goes_back_;
}

float Net::forward_plan() {
  begin_steps();
  float loss = 0;
  for (size_t i = 0; i < plan_->steps().size(); ++i) loss += forward_step(i);
  loss += deferred_losses(0, layer_count() - 1);
  pass_ += stride_;
  show_pinned();
  return loss;
}

void Net::begin_steps() {
  // A step may need the shapes of blobs that later layers make.
  bool fits = true;
  for (size_t i = 0; i < layer_count(); ++i) fits = fits && has_its_shapes(i);
  for (size_t i = 0; !fits && i < layer_count(); ++i) {
    with_context([&] { return label(i); }, [&] { reshape_node(i, false); });
  }
  plan_->begin_pass();
}

float Net::forward_step(size_t i) {
  const NumThreadsScope threads = compute_threads();
  const Step& step = plan_->steps()[i];
  float loss = 0;
  if (step.fused == nullptr) {
    loss = forward_layer(step.layers[0], pass_);
  } else {
    const auto follow = [&](size_t layer) {
      with_context([&] { return label(layer); }, [&] { reshape_node(layer, false); });
    };
    for (const size_t layer : step.layers) follow(layer);
    if (step.joined) follow(*step.joined);
    with_context([&] { return label(step.layers[0]); }, [&] { step.fused->run(); });
  }
  plan_->end_step(i);
  return loss;
}

namespace {

// What blobs hold, to be put back when they have been written over.
class HeldValues {
 public:
  HeldValues() = default;
  HeldValues(const HeldValues&) = delete;
  HeldValues& operator=(const HeldValues&) = delete;
  // A device that says now, once, what has failed before is asked again.
  ~HeldValues() {
    for (const Held& each : held_) {
      if (!put_back(each)) put_back(each);
    }
  }

  void hold(Blob& blob) {
    const ConstTensor values = std::as_const(blob).data();
    const Place place = values.host_place();
    const float* from = values.read(place);
    held_.push_back({&blob, place, {from, from + values.count()}});
  }

 private:
  struct Held {
    Blob* blob;
    Place place;
    std::vector<float> values;
  };

  static bool put_back(const Held& held) noexcept {
    try {
      std::copy(held.values.begin(), held.values.end(), held.blob->data().write(held.place));
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::vector<Held> held_;
};

}  // namespace

// After a forward by fused steps: does their layers' forwards one by one, so that they can go back,
// and those of the layers that have worked in place on what they write. The blobs keep what they
// hold: somebody may have written it since.
void Net::forward_unfused() {
  HeldValues held;
  std::set<const Storage*> written;
  for (const Step& step : plan_->steps()) {
    for (const size_t layer : step.layers) {
      const Node& node = graph_.nodes[layer];
      const bool in_place =
          std::any_of(node.bottoms.begin(), node.bottoms.end(), [&](Blob* bottom) {
            const auto shares = [&](Blob* top) {
              return top->data_storage() == bottom->data_storage();
            };
            return written.count(bottom->data_storage().get()) > 0 &&
                   std::any_of(node.tops.begin(), node.tops.end(), shares);
          });
      if (step.fused == nullptr && !in_place) continue;
      for (Blob* top : node.tops) {
        if (written.insert(top->data_storage().get()).second) held.hold(*top);
      }
      forward_layer(layer, pass_ - stride_);
    }
  }
  forwarded_fused_ = false;
}

int64_t Net::add_callback(std::function<void(Event event, size_t layer)> callback) {
  if (options().optimize) {
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
  const Node& node = graph_.nodes[layer];
  for_each_storage(node.bottoms, take);
  for_each_storage(node.tops, take);
  for_each_storage(node.layer->blobs(), take);
}

float Net::forward_layer(size_t i) {
  const float loss = forward_layer(i, pass_);
  return defers_loss(i) ? loss_of(i) : loss;
}

// Whether the layer's loss is read when all layers have been issued: a device goes on meanwhile.
bool Net::defers_loss(size_t i) const {
  if (device().is_host()) return false;
  const Node& node = graph_.nodes[i];
  bool any = false;
  for (size_t j = 0; j < node.tops.size(); ++j) {
    if (node.loss_weights[j] == 0) continue;
    any = true;
    if (node.tops[j]->hidden() || node.layer->top_changes(j)) return false;  // gone by then
  }
  return any;
}

float Net::deferred_losses(size_t first, size_t last) const {
  if (device().is_host()) return 0;
  float loss = 0;
  for (size_t i = first; i <= last; ++i) loss += defers_loss(i) ? loss_of(i) : 0;
  return loss;
}

float Net::loss_of(size_t i) const {
  const Node& node = graph_.nodes[i];
  double loss = 0;
  for (size_t j = 0; j < node.tops.size(); ++j) {
    const float weight = node.loss_weights[j];
    if (weight != 0) loss += double{weight} * sum_of_values(std::as_const(*node.tops[j]).data());
  }
  return static_cast<float>(loss);
}

float Net::forward_layer(size_t i, int64_t pass) {
  const NumThreadsScope threads = compute_threads();
  const Node& node = graph_.nodes[i];
  State& state = states_[i];
  return with_context([&] { return label(i); },
                      [&] {
                        reshape_node(i, false);
                        node.layer->set_pass(pass);
                        state.forwarded = false;
                        node.layer->forward(node.bottoms, node.tops);
                        state.forwarded = true;
                        state.pass = pass;
                        state.top_shapes = shapes_of(node.tops);
                        if (debug_info_) log_forward(node);
                        return defers_loss(i) ? 0 : loss_of(i);
                      });
}

void Net::backward() {
  if (!graph_.nodes.empty()) backward(graph_.nodes.size() - 1, 0);
}

void Net::backward(size_t first, size_t last) {
  const NumThreadsScope threads = compute_threads();
  check_range(first, graph_.nodes.size(), "first");
  check_range(last, graph_.nodes.size(), "last");
  if (options().optimize) {
    fail(Status::kState, "the net was made with optimize: it has no backward");
  }
  const auto goes_back = [](const Node& node) { return node.need_backward; };
  if (!said_no_gradient_ && std::none_of(graph_.nodes.begin(), graph_.nodes.end(), goes_back)) {
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
  const NumThreadsScope threads = compute_threads();
  const Node& node = graph_.nodes[i];
  if (!node.need_backward) return;
  with_context([&] { return label(i); },
               [&] {
                 // Layers go back by what they kept of a forward for these shapes.
                 require_shapes(i);
                 std::optional<ForwardAside> aside;
                 if (!states_[i].forwarded) {
                   reshape_node(i, false);  // some shapes follow the bottoms' values
                   // Where the net has moved since, it is the pass that goes back now.
                   node.layer->set_pass(states_[i].pass < 0 ? pass_ : states_[i].pass);
                   aside.emplace(*node.layer, node.bottoms, node.tops);
                   states_[i].top_shapes = shapes_of(node.tops);
                 }
                 node.layer->backward(node.tops, node.bottom_need_backward, node.bottoms);
                 if (aside) aside->end();
                 if (debug_info_) log_backward(node);
               });
}

void Net::clear_param_diffs() {
  for (const Learnable& each : graph_.learnables) kernels().fill(0, each.blob->diff());
}

void Net::take_pinned() {
  for_each_storage(graph_.blobs, take);
  for (const Node& node : graph_.nodes) for_each_storage(node.layer->blobs(), take);
}

void Net::show_pinned() const {
  const auto show = [](Storage& storage, const Shape& shape) { storage.end_pass(shape); };
  for_each_storage(graph_.blobs, show);
  for (const Node& node : graph_.nodes) for_each_storage(node.layer->blobs(), show);
}

void Net::seek(int64_t pass, int64_t stride) {
  pass_ = pass;
  stride_ = stride;
  for (size_t i = 0; i < layer_count(); ++i) {
    with_context([&] { return label(i); }, [&] { layer(i).seek(pass, stride); });
  }
}

}  // namespace caffe
