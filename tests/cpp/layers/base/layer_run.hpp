// One layer with blobs around it, for tests:
//
//   LayerRun run("type: 'ReLU'", {{{2, 3}, values}});
//   run.forward();
//   run.top_diff(0, gradient);
//   run.backward();
//   CHECK_CLOSE(run.bottom_diff(0), expected);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/base/layer.hpp"

namespace caffe::test {

using Values = std::vector<float>;

struct Input {
  Shape shape;
  Values values;  // none: distinct ones, see distinct_values()
};

struct RunOptions {
  Phase phase = TRAIN;
  size_t tops = 1;
  bool in_place = false;       // the first top is the first bottom
  Kernels* kernels = nullptr;  // nullptr: the reference's
  uint64_t seed = 1;
  std::string dialect = {};
  bool tops_change = false;  // later layers work on them in place
};

// `count` values 0.05 apart in random order, none of them nearer than 0.025 to 0: no ties, and far
// enough from the kinks of a maximum or a ReLU for differences of 0.01.
Values distinct_values(int64_t count, uint64_t seed);

Values values_of(ConstTensor tensor);
void set_values(Tensor tensor, const Values& values);

class LayerRun {
 public:
  // `text` is a LayerParameter's; set-up is done here, and fails as the layer's does.
  LayerRun(const std::string& text, const std::vector<Input>& inputs, RunOptions options = {});

  Layer& layer() { return *layer_; }
  Blob& bottom(size_t i) { return *bottoms_[i]; }
  Blob& top(size_t i) { return *tops_[i]; }
  Blob& param(size_t i) { return *layer_->blobs()[i]; }

  // Reshapes, then runs the next pass (or the one that is given).
  void forward() { forward(pass_ + 1); }
  void forward(int64_t pass);
  // Clears the parameters' diffs, then runs the gradient to every bottom, or to those of `wanted`.
  void backward() { backward(std::vector<bool>(bottoms_.size(), true)); }
  void backward(const std::vector<bool>& wanted);

  Values out(size_t i = 0) { return values_of(top(i).data()); }
  Values bottom_diff(size_t i = 0) { return values_of(bottom(i).diff()); }
  Values param_diff(size_t i) { return values_of(param(i).diff()); }
  void set_bottom(size_t i, const Values& values) { set_values(bottom(i).data(), values); }
  void set_top_diff(size_t i, const Values& values) { set_values(top(i).diff(), values); }

 private:
  std::unique_ptr<NetOptions> net_options_ = std::make_unique<NetOptions>();
  LayerContext context_;
  std::vector<std::unique_ptr<Blob>> own_;
  BlobPointers bottoms_, tops_;
  std::unique_ptr<Layer> layer_;
  int64_t pass_ = -1;
};

// Fails unless a layer does in place what it does otherwise, on every backend: values and
// gradients, these also when the top has since been changed.
void check_in_place(const std::string& text, const std::vector<Input>& inputs, Phase phase = TRAIN);

// Fails at `file`:`line` unless the values are near each other (rtol 1e-4, atol 1e-5).
void check_close(const Values& values, const Values& expected, const char* file, int line);

// Runs `body` for every backend, with its kernels.
template <class Body>
void on_every_backend(const Body& body) {
  for (Kernels* kernels : all_backends()) body(*kernels);
}

}  // namespace caffe::test

#define CHECK_CLOSE(...) ::caffe::test::check_close(__VA_ARGS__, __FILE__, __LINE__)
