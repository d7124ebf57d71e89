// caffe.hpp: caffe.h for C++17, header only. Handles that clean up behind themselves, exceptions
// instead of statuses, spans instead of pointers, and nothing else: every function here is one of
// caffe.h, where it is described.
//
//     caffe::Net net("deploy.prototxt", caffe::Phase::kTest);
//     net.load_weights("net.caffemodel");
//     auto in = net.input(0).mutable_data();      ... fill in[0 .. in.size()) ...
//     net.forward();
//     for (float p : net.output(0).data()) ...
//
// Net, Solver, Model, Blob and Pin own what they stand for; they can be moved, not copied. NetView,
// BlobView and LayerView are borrowed, valid as long as what they were asked of.
#ifndef CAFFE_HPP
#define CAFFE_HPP

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "caffe.hpp needs C++17 (-std=c++17); caffe.h serves every C++, and C"
#endif

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "caffe.h"

namespace caffe {
inline namespace v2 {

// What a call that failed says: the message of caffe_last_error(), and its class.
class Error : public std::runtime_error {
 public:
  Error(caffe_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  caffe_status status() const noexcept { return status_; }

 private:
  caffe_status status_;
};

inline void check(caffe_status status) {
  if (status != CAFFE_OK) throw Error(status, caffe_last_error());
}

// Values that lie elsewhere.
template <class T>
class Span {
 public:
  Span(T* data, std::size_t size) : data_(data), size_(size) {}
  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }

 private:
  T* data_;
  std::size_t size_;
};

enum class Phase : int { kTrain = CAFFE_TRAIN, kTest = CAFFE_TEST };
enum class Which : int { kData = CAFFE_DATA, kDiff = CAFFE_DIFF };
enum class NetEvent : int {
  kBeforeForward = CAFFE_NET_BEFORE_FORWARD,
  kAfterForward = CAFFE_NET_AFTER_FORWARD,
  kBeforeBackward = CAFFE_NET_BEFORE_BACKWARD,
  kAfterBackward = CAFFE_NET_AFTER_BACKWARD
};
enum class SolverEvent : int {
  kBeforeStep = CAFFE_SOLVER_BEFORE_STEP,
  kGradientsReady = CAFFE_SOLVER_GRADIENTS_READY,
  kAfterStep = CAFFE_SOLVER_AFTER_STEP
};

using Shape = std::vector<std::int64_t>;

namespace detail {

// The result of a function whose first parameter it comes back through.
template <class T, class Function, class... Arguments>
T get(Function function, Arguments... arguments) {
  T value{};
  check(function(&value, arguments...));
  return value;
}

// Owned text, copied and freed.
template <class Function, class... Arguments>
std::string get_text(Function function, Arguments... arguments) {
  const std::unique_ptr<char, void (*)(void*)> text(get<char*>(function, arguments...), caffe_free);
  return text ? text.get() : "";
}

// Owns a handle; `kDestroy` ends it.
template <class Handle, void (*kDestroy)(Handle*)>
class Owner {
 public:
  explicit Owner(Handle* handle) : handle_(handle) {}
  Owner(Owner&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owner& operator=(Owner&& other) noexcept {
    if (this != &other) {
      kDestroy(handle_);
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() { kDestroy(handle_); }
  Handle* handle() const { return handle_; }

 private:
  Handle* handle_;
};

// What a callback of caffe.h answers for a C++ one: its exceptions as CAFFE_CALLBACK and words.
template <class Body>
caffe_status guard(const Body& body) {
  try {
    body();
    return CAFFE_OK;
  } catch (const std::exception& error) {
    caffe_set_error(error.what());
  } catch (...) {
    caffe_set_error("an exception that is no std::exception");
  }
  return CAFFE_CALLBACK;
}

// C++ callbacks that a handle has been given, with what the C ABI calls for them.
template <class Function>
using Kept = std::map<const void*, std::pair<Function, std::shared_ptr<void>>>;

inline const char* optional(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

inline caffe_blob* new_blob(const Shape& shape) {
  return get<caffe_blob*>(caffe_blob_create, static_cast<int>(shape.size()), shape.data());
}

}  // namespace detail

// A pointer that stays good over many runs.
class Pin : public detail::Owner<caffe_pin, caffe_pin_destroy> {
 public:
  Pin(caffe_blob* blob, Which which)
      : Owner(detail::get<caffe_pin*>(caffe_blob_pin, blob, static_cast<int>(which))),
        size_(static_cast<std::size_t>(detail::get<std::int64_t>(caffe_blob_count, blob))) {}
  Span<float> values() const { return {detail::get<float*>(caffe_pin_values, handle()), size_}; }

 private:
  std::size_t size_;
};

// What blobs can do; `Self` has handle().
template <class Self>
class BlobFunctions {
 public:
  Shape shape() const {
    Shape shape(static_cast<std::size_t>(detail::get<int>(caffe_blob_axes, blob())));
    for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = dim(static_cast<int>(i));
    return shape;
  }
  std::int64_t dim(int axis) const {
    return detail::get<std::int64_t>(caffe_blob_dim, blob(), axis);
  }
  std::int64_t count() const { return detail::get<std::int64_t>(caffe_blob_count, blob()); }
  void reshape(const Shape& shape) const {
    check(caffe_blob_reshape(blob(), static_cast<int>(shape.size()), shape.data()));
  }

  Span<const float> data() const { return span<const float>(caffe_blob_data); }
  Span<float> mutable_data() const { return span<float>(caffe_blob_mutable_data); }
  Span<const float> diff() const { return span<const float>(caffe_blob_diff); }
  Span<float> mutable_diff() const { return span<float>(caffe_blob_mutable_diff); }

  Pin pin(Which which = Which::kData) const { return Pin(blob(), which); }
  void save(const std::string& file) const { check(caffe_blob_save(blob(), file.c_str())); }

 private:
  caffe_blob* blob() const { return static_cast<const Self*>(this)->handle(); }
  template <class T>
  Span<T> span(caffe_status (*function)(T**, caffe_blob*)) const {
    return {detail::get<T*>(function, blob()), static_cast<std::size_t>(count())};
  }
};

class BlobView : public BlobFunctions<BlobView> {
 public:
  explicit BlobView(caffe_blob* handle) : handle_(handle) {}
  caffe_blob* handle() const { return handle_; }

 private:
  caffe_blob* handle_;
};

// A blob of one's own.
class Blob : public detail::Owner<caffe_blob, caffe_blob_destroy>, public BlobFunctions<Blob> {
 public:
  explicit Blob(const Shape& shape) : Owner(detail::new_blob(shape)) {}
  static Blob load(const std::string& file) {
    return Blob(detail::get<caffe_blob*>(caffe_blob_load, file.c_str()));
  }
  operator BlobView() const { return BlobView(handle()); }

 private:
  explicit Blob(caffe_blob* handle) : Owner(handle) {}
};

class LayerView {
 public:
  explicit LayerView(caffe_layer* handle) : handle_(handle) {}
  caffe_layer* handle() const { return handle_; }
  std::string name() const { return detail::get<const char*>(caffe_layer_name, handle_); }
  std::string type() const { return detail::get<const char*>(caffe_layer_type, handle_); }
  Phase phase() const { return static_cast<Phase>(detail::get<int>(caffe_layer_phase, handle_)); }
  std::string implementation() const {
    return detail::get<const char*>(caffe_layer_implementation, handle_);
  }
  std::string prototxt() const { return detail::get_text(caffe_layer_prototxt, handle_); }
  std::int64_t blob_count() const {
    return detail::get<std::int64_t>(caffe_layer_blob_count, handle_);
  }
  BlobView blob(std::int64_t index) const {
    return BlobView(detail::get<caffe_blob*>(caffe_layer_blob, handle_, index));
  }

 private:
  caffe_layer* handle_;
};

// What nets can do; `Self` has handle().
template <class Self>
class NetFunctions {
 public:
  void load_weights(const std::string& file) const {
    check(caffe_net_load_weights(net(), file.c_str()));
  }
  void load_weights(const void* bytes, std::size_t size) const {
    check(caffe_net_load_weights_from_memory(net(), bytes, static_cast<std::int64_t>(size)));
  }
  // Whether the last load gave the layer all its parameters, or it has none.
  bool layer_loaded(std::int64_t layer) const {
    return detail::get<int>(caffe_net_layer_loaded, net(), layer) != 0;
  }
  void save_weights(const std::string& file, bool diffs = false) const {
    check(caffe_net_save_weights(net(), file.c_str(), diffs ? 1 : 0));
  }
  // As an ONNX model; `options` as for caffe_net_export_onnx.
  void export_onnx(const std::string& file, const std::string& options = "") const {
    check(caffe_net_export_onnx(net(), file.c_str(), detail::optional(options)));
  }
  template <class Other>
  void share_weights(const NetFunctions<Other>& other) const {
    check(caffe_net_share_weights(net(), static_cast<const Other&>(other).handle()));
  }
  // "cpu", "cuda:0" ...
  std::string device() const {
    const char* name = nullptr;
    check(caffe_net_device(&name, net()));
    return name;
  }
  void set_device(const std::string& device) const {
    check(caffe_net_set_device(net(), device.c_str()));
  }

  std::string name() const { return detail::get<const char*>(caffe_net_name, net()); }
  Phase phase() const { return static_cast<Phase>(detail::get<int>(caffe_net_phase, net())); }
  std::string prototxt() const { return detail::get_text(caffe_net_prototxt, net()); }

  void reshape() const { check(caffe_net_reshape(net())); }
  float forward() const { return detail::get<float>(caffe_net_forward, net()); }
  float forward(std::int64_t first, std::int64_t last) const {
    return detail::get<float>(caffe_net_forward_from_to, net(), first, last);
  }
  void backward() const { check(caffe_net_backward(net())); }
  void backward(std::int64_t first, std::int64_t last) const {
    check(caffe_net_backward_from_to(net(), first, last));
  }
  void clear_param_diffs() const { check(caffe_net_clear_param_diffs(net())); }
  // For a MemoryData layer, "" for the net's first layer: images of `shape`, N x C x H x W, and N
  // labels. They are copied.
  void set_input_arrays(const Shape& shape, Span<const float> data, Span<const float> labels,
                        bool transform = false, const std::string& layer = "") const {
    std::int64_t values = 1;
    for (const std::int64_t dim : shape) values *= dim;
    if (shape.size() != 4 || values != static_cast<std::int64_t>(data.size()) ||
        shape[0] != static_cast<std::int64_t>(labels.size())) {
      throw Error(CAFFE_SHAPE, "set_input_arrays: expected the shape of 4 axes that the " +
                                   std::to_string(data.size()) + " values have, one label an item");
    }
    check(caffe_net_set_input_arrays(net(), detail::optional(layer), shape.data(), data.data(),
                                     labels.data(), transform ? 1 : 0));
  }

  std::int64_t layer_count() const { return count(caffe_net_layer_count); }
  LayerView layer(std::int64_t index) const {
    return LayerView(detail::get<caffe_layer*>(caffe_net_layer, net(), index));
  }
  LayerView layer(const std::string& name) const {
    return LayerView(detail::get<caffe_layer*>(caffe_net_layer_by_name, net(), name.c_str()));
  }
  std::int64_t layer_index(const std::string& name) const {
    return detail::get<std::int64_t>(caffe_net_layer_index, net(), name.c_str());
  }
  // The blobs (by index) a layer reads and makes.
  std::vector<std::int64_t> layer_bottoms(std::int64_t layer) const {
    return ids(caffe_net_layer_bottom_count, caffe_net_layer_bottom, layer);
  }
  std::vector<std::int64_t> layer_tops(std::int64_t layer) const {
    return ids(caffe_net_layer_top_count, caffe_net_layer_top, layer);
  }
  std::int64_t layer_flops(std::int64_t layer) const {
    return detail::get<std::int64_t>(caffe_net_layer_flops, net(), layer);
  }

  std::int64_t blob_count() const { return count(caffe_net_blob_count); }
  BlobView blob(std::int64_t index) const { return blob_of(caffe_net_blob, index); }
  BlobView blob(const std::string& name) const {
    return BlobView(detail::get<caffe_blob*>(caffe_net_blob_by_name, net(), name.c_str()));
  }
  std::string blob_name(std::int64_t index) const {
    return detail::get<const char*>(caffe_net_blob_name, net(), index);
  }
  std::int64_t blob_index(const std::string& name) const {
    return detail::get<std::int64_t>(caffe_net_blob_index, net(), name.c_str());
  }
  float blob_loss_weight(std::int64_t index) const {
    return detail::get<float>(caffe_net_blob_loss_weight, net(), index);
  }

  std::int64_t input_count() const { return count(caffe_net_input_count); }
  BlobView input(std::int64_t index) const { return blob_of(caffe_net_input, index); }
  std::int64_t input_index(std::int64_t index) const {
    return detail::get<std::int64_t>(caffe_net_input_index, net(), index);
  }
  std::int64_t output_count() const { return count(caffe_net_output_count); }
  BlobView output(std::int64_t index) const { return blob_of(caffe_net_output, index); }
  std::int64_t output_index(std::int64_t index) const {
    return detail::get<std::int64_t>(caffe_net_output_index, net(), index);
  }

  std::int64_t param_count() const { return count(caffe_net_param_count); }
  BlobView param(std::int64_t index) const { return blob_of(caffe_net_param, index); }
  // Of the learning rate and of weight decay.
  std::pair<float, float> param_multipliers(std::int64_t index) const {
    std::pair<float, float> both;
    check(caffe_net_param_multipliers(&both.first, &both.second, net(), index));
    return both;
  }

 private:
  caffe_net* net() const { return static_cast<const Self*>(this)->handle(); }
  std::int64_t count(caffe_status (*function)(std::int64_t*, caffe_net*)) const {
    return detail::get<std::int64_t>(function, net());
  }
  BlobView blob_of(caffe_status (*function)(caffe_blob**, caffe_net*, std::int64_t),
                   std::int64_t index) const {
    return BlobView(detail::get<caffe_blob*>(function, net(), index));
  }
  std::vector<std::int64_t> ids(caffe_status (*counts)(std::int64_t*, caffe_net*, std::int64_t),
                                caffe_status (*each)(std::int64_t*, caffe_net*, std::int64_t,
                                                     std::int64_t),
                                std::int64_t layer) const {
    const auto size = detail::get<std::int64_t>(counts, net(), layer);
    std::vector<std::int64_t> blobs;
    for (std::int64_t i = 0; i < size; ++i) {
      blobs.push_back(detail::get<std::int64_t>(each, net(), layer, i));
    }
    return blobs;
  }
};

class NetView : public NetFunctions<NetView> {
 public:
  explicit NetView(caffe_net* handle) : handle_(handle) {}
  caffe_net* handle() const { return handle_; }

 private:
  caffe_net* handle_;
};

class Net : public detail::Owner<caffe_net, caffe_net_destroy>, public NetFunctions<Net> {
 public:
  // From a prototxt file; `options` as for caffe_net_create.
  explicit Net(const std::string& file, Phase phase = Phase::kTest, const std::string& options = "")
      : Owner(detail::get<caffe_net*>(caffe_net_create, file.c_str(), static_cast<int>(phase),
                                      detail::optional(options))) {}
  static Net from_text(const std::string& text, Phase phase = Phase::kTest,
                       const std::string& options = "") {
    return Net(detail::get<caffe_net*>(caffe_net_create_from_text, text.c_str(),
                                       static_cast<int>(phase), detail::optional(options)));
  }
  // The text of a net of any age as one of today; no net is made.
  static std::string upgraded_text(const std::string& text) {
    return detail::get_text(caffe_net_upgrade_text, text.c_str());
  }
  // A second net that shares the weights.
  Net clone() const { return Net(detail::get<caffe_net*>(caffe_net_clone, handle())); }
  operator NetView() const { return NetView(handle()); }

  // `callback(NetEvent, layer)`, around each layer; what it throws ends the pass as CAFFE_CALLBACK
  // with its words. Kept until it is removed, by what this returns, or the net destroyed.
  template <class Callback>
  const void* add_callback(Callback callback) {
    auto kept = std::make_shared<Callback>(std::move(callback));
    check(caffe_net_add_callback(handle(), call<Callback>, kept.get()));
    return callbacks_.insert({kept.get(), {call<Callback>, kept}}).first->first;
  }
  void remove_callback(const void* added) {
    check(caffe_net_remove_callback(handle(), callbacks_[added].first, const_cast<void*>(added)));
    callbacks_.erase(added);
  }

 private:
  explicit Net(caffe_net* handle) : Owner(handle) {}

  template <class Callback>
  static caffe_status call(caffe_net*, int event, std::int64_t layer, void* user) {
    return detail::guard(
        [&] { (*static_cast<Callback*>(user))(static_cast<NetEvent>(event), layer); });
  }

  detail::Kept<caffe_net_callback> callbacks_;
};

// One of the largest values of a model's answer; without labels `label` is empty.
struct Score {
  std::int64_t index = 0;
  float value = 0;
  std::string label;
};

// A net with its card, from a folder or a readme.md; `options` as for caffe_model_open.
class Model : public detail::Owner<caffe_model, caffe_model_destroy> {
 public:
  explicit Model(const std::string& path, const std::string& options = "")
      : Owner(
            detail::get<caffe_model*>(caffe_model_open, path.c_str(), detail::optional(options))) {}

  NetView net() const { return NetView(detail::get<caffe_net*>(caffe_model_net, handle())); }
  std::string name() const { return detail::get<const char*>(caffe_model_name, handle()); }
  std::string task() const { return detail::get<const char*>(caffe_model_task, handle()); }
  std::int64_t label_count() const {
    return detail::get<std::int64_t>(caffe_model_label_count, handle());
  }
  std::string label(std::int64_t index) const {
    return detail::get<const char*>(caffe_model_label, handle(), index);
  }
  BlobView input() const { return BlobView(detail::get<caffe_blob*>(caffe_model_input, handle())); }
  BlobView output(const std::string& name = "") const {
    return BlobView(detail::get<caffe_blob*>(caffe_model_output, handle(), detail::optional(name)));
  }

  // Runs the net on one image in a file.
  void predict(const std::string& file) const {
    check(caffe_model_predict(handle(), file.c_str()));
  }
  // The `count` largest values of an output for an item of the batch.
  std::vector<Score> top(std::int64_t count, std::int64_t item = 0,
                         const std::string& output = "") const {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(count > 0 ? count : 0) + 1);
    std::vector<float> values(indices.size());
    check(caffe_model_top(indices.data(), values.data(), handle(), detail::optional(output), item,
                          count));
    const std::int64_t labels = label_count();
    std::vector<Score> scores(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = {indices[i], values[i], indices[i] < labels ? label(indices[i]) : ""};
    }
    return scores;
  }

  // Images into the batch, which net().forward() then runs.
  void set_batch(std::int64_t count) const { check(caffe_model_set_batch(handle(), count)); }
  void set_image(std::int64_t item, const std::string& file) const {
    check(caffe_model_set_image(handle(), item, file.c_str()));
  }
  void set_image(std::int64_t item, const void* bytes, std::size_t size) const {
    check(
        caffe_model_set_image_from_memory(handle(), item, bytes, static_cast<std::int64_t>(size)));
  }
  void set_pixels(std::int64_t item, const std::uint8_t* pixels, std::int64_t height,
                  std::int64_t width, const std::string& order) const {
    check(caffe_model_set_pixels(handle(), item, pixels, height, width, order.c_str()));
  }
  void set_pixels(std::int64_t item, const float* pixels, std::int64_t height, std::int64_t width,
                  const std::string& order) const {
    check(caffe_model_set_float_pixels(handle(), item, pixels, height, width, order.c_str()));
  }

  // Runs the card's example; throws when the answer is another one.
  void check_example() const { check(caffe_model_check(handle())); }
};

class Solver : public detail::Owner<caffe_solver, caffe_solver_destroy> {
 public:
  // From a solver prototxt; `options` as for caffe_solver_create.
  explicit Solver(const std::string& file, const std::string& options = "")
      : Owner(detail::get<caffe_solver*>(caffe_solver_create, file.c_str(),
                                         detail::optional(options))) {}
  static Solver from_text(const std::string& text, const std::string& options = "") {
    return Solver(detail::get<caffe_solver*>(caffe_solver_create_from_text, text.c_str(),
                                             detail::optional(options)));
  }

  std::string type() const { return detail::get<const char*>(caffe_solver_type, handle()); }
  std::string prototxt() const { return detail::get_text(caffe_solver_prototxt, handle()); }
  NetView net() const { return NetView(detail::get<caffe_net*>(caffe_solver_net, handle())); }
  std::int64_t test_net_count() const {
    return detail::get<std::int64_t>(caffe_solver_test_net_count, handle());
  }
  NetView test_net(std::int64_t index) const {
    return NetView(detail::get<caffe_net*>(caffe_solver_test_net, handle(), index));
  }

  void step(std::int64_t iterations) const { check(caffe_solver_step(handle(), iterations)); }
  void solve(const std::string& snapshot = "") const {
    check(caffe_solver_solve(handle(), detail::optional(snapshot)));
  }
  void apply_update() const { check(caffe_solver_apply_update(handle())); }
  void test() const { check(caffe_solver_test(handle())); }
  // Of the last test, the mean of each value of each output.
  std::vector<std::pair<std::string, float>> test_scores(std::int64_t net = 0) const {
    std::vector<std::pair<std::string, float>> scores(static_cast<std::size_t>(
        detail::get<std::int64_t>(caffe_solver_test_score_count, handle(), net)));
    std::int64_t i = 0;
    for (auto& [name, score] : scores) {
      const char* text = nullptr;
      check(caffe_solver_test_score(&text, &score, handle(), net, i++));
      name = text;
    }
    return scores;
  }
  // The solver state's path.
  std::string snapshot() const { return detail::get_text(caffe_solver_snapshot, handle()); }
  void restore(const std::string& file) const {
    check(caffe_solver_restore(handle(), file.c_str()));
  }
  void request_stop() const { check(caffe_solver_request_stop(handle())); }

  std::int64_t iter() const { return detail::get<std::int64_t>(caffe_solver_iter, handle()); }
  std::int64_t max_iter() const {
    return detail::get<std::int64_t>(caffe_solver_max_iter, handle());
  }
  float loss() const { return detail::get<float>(caffe_solver_loss, handle()); }
  float learning_rate() const { return detail::get<float>(caffe_solver_learning_rate, handle()); }

  // `callback(SolverEvent)`; what it throws ends the training as CAFFE_CALLBACK with its words.
  // Kept until it is removed, by what this returns, or the solver destroyed.
  template <class Callback>
  const void* add_callback(Callback callback) {
    auto kept = std::make_shared<Callback>(std::move(callback));
    check(caffe_solver_add_callback(handle(), call<Callback>, kept.get()));
    return callbacks_.insert({kept.get(), {call<Callback>, kept}}).first->first;
  }
  void remove_callback(const void* added) {
    check(
        caffe_solver_remove_callback(handle(), callbacks_[added].first, const_cast<void*>(added)));
    callbacks_.erase(added);
  }

 private:
  explicit Solver(caffe_solver* handle) : Owner(handle) {}

  template <class Callback>
  static caffe_status call(caffe_solver*, int event, void* user) {
    return detail::guard([&] { (*static_cast<Callback*>(user))(static_cast<SolverEvent>(event)); });
  }

  detail::Kept<caffe_solver_callback> callbacks_;
};

}  // namespace v2
}  // namespace caffe

#endif  // CAFFE_HPP
