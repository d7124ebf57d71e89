// Small nets of many kinds of layers for the tests that run them on the emulated device, and what
// they come to.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cpp/net/small_nets.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "solver/solver.hpp"
#include "support/check.hpp"
#include "support/emulated.hpp"

namespace caffe::test {

// What comes new each pass: values from a normal distribution, and the rest as its filler says.
inline std::string dummy_data(const std::string& more) {
  return "layer { name: 'data' type: 'DummyData' top: 'data' top: 'label' dummy_data_param { " +
         more + " } } ";
}

// Convolution, pooling, LRN, a branch, dropout in place, softmax.
inline const std::string kImageNet =
    dummy_data(
        "shape { dim: 2 dim: 3 dim: 7 dim: 6 } shape { dim: 2 } data_filler { type: 'gaussian' } "
        "data_filler { value: 1 }") +
    "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv' convolution_param {"
    "  num_output: 4 kernel_size: 3 pad: 1 weight_filler { type: 'xavier' } } }"
    "layer { name: 'relu' type: 'ReLU' bottom: 'conv' top: 'conv' }"
    "layer { name: 'pool' type: 'Pooling' bottom: 'conv' top: 'pool'"
    "  pooling_param { kernel_size: 2 stride: 2 } }"
    "layer { name: 'lrn' type: 'LRN' bottom: 'pool' top: 'lrn' lrn_param { local_size: 3 } }"
    "layer { name: 'left' type: 'Convolution' bottom: 'lrn' top: 'left' convolution_param {"
    "  num_output: 2 kernel_size: 1 weight_filler { type: 'xavier' } } }"
    "layer { name: 'right' type: 'Convolution' bottom: 'lrn' top: 'right' convolution_param {"
    "  num_output: 2 group: 2 kernel_size: 3 pad: 1 weight_filler { type: 'xavier' } } }"
    "layer { name: 'both' type: 'Concat' bottom: 'left' bottom: 'right' top: 'both' }"
    "layer { name: 'drop' type: 'Dropout' bottom: 'both' top: 'both' }"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'both' top: 'ip' inner_product_param {"
    "  num_output: 3 weight_filler { type: 'xavier' } } }"
    "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label' top: 'loss' }";

// Each pass begins a sequence: it needs nothing of the one before.
inline const std::string kLstmNet =
    "layer { name: 'data' type: 'DummyData' top: 'data' top: 'begins' top: 'goes on'"
    "  dummy_data_param { shape { dim: 3 dim: 2 dim: 4 } shape { dim: 1 dim: 2 }"
    "    shape { dim: 2 dim: 2 } data_filler { type: 'gaussian' } data_filler { value: 0 }"
    "    data_filler { value: 1 } } }"
    "layer { name: 'label' type: 'Concat' bottom: 'begins' bottom: 'goes on' top: 'label'"
    "  concat_param { axis: 0 } }"
    "layer { name: 'lstm' type: 'LSTM' bottom: 'data' bottom: 'label' top: 'lstm' recurrent_param {"
    "  num_output: 3 weight_filler { type: 'xavier' } } }"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'lstm' top: 'ip' inner_product_param {"
    "  num_output: 2 axis: 2 weight_filler { type: 'xavier' } } }"
    "layer { name: 'square' type: 'Power' bottom: 'ip' top: 'square' power_param { power: 2 } }"
    "layer { name: 'loss' type: 'Reduction' bottom: 'square' top: 'loss' loss_weight: 1 }";

// Normalised in place, a residual sum, a regression.
inline const std::string kResidualNet =
    dummy_data(
        "shape { dim: 4 dim: 3 dim: 5 dim: 4 } shape { dim: 4 dim: 2 } "
        "data_filler { type: 'gaussian' } data_filler { type: 'gaussian' }") +
    "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv' convolution_param {"
    "  num_output: 3 kernel_size: 3 pad: 1 bias_term: false weight_filler { type: 'xavier' } } }"
    "layer { name: 'bn' type: 'BatchNorm' bottom: 'conv' top: 'conv' }"
    "layer { name: 'scale' type: 'Scale' bottom: 'conv' top: 'conv' scale_param {"
    "  bias_term: true } }"
    "layer { name: 'sum' type: 'Eltwise' bottom: 'conv' bottom: 'data' top: 'sum' }"
    "layer { name: 'relu' type: 'ReLU' bottom: 'sum' top: 'sum' }"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'sum' top: 'ip' inner_product_param {"
    "  num_output: 2 weight_filler { type: 'xavier' } } }"
    "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'label' top: 'loss' }";

inline const std::vector<std::string>& device_nets() {
  static const std::vector<std::string> nets = {kImageNet, kLstmNet, kResidualNet};
  return nets;
}

inline std::unique_ptr<Net> net_on(const std::string& device, const std::string& text,
                                   Phase phase = TRAIN, const std::string& options = "") {
  NetSetup setup;
  setup.state.set_phase(phase);
  parse_text("seed: 1 device: '" + device + "' " + options, setup.options);
  return std::make_unique<Net>(read_net_text(text), setup);
}

inline std::vector<float> values_in(const ConstTensor& tensor) {
  const float* values = tensor.read();
  return {values, values + tensor.count()};
}

inline void append(std::vector<float>& to, const std::vector<float>& values) {
  to.insert(to.end(), values.begin(), values.end());
}

// Its weights, or what they have as gradients.
inline std::vector<float> parameters(const Net& net, bool diffs = false) {
  std::vector<float> out;
  for (const Net::Learnable& each : net.learnable()) {
    const Blob& blob = *each.blob;
    append(out, values_in(diffs ? blob.diff() : blob.data()));
  }
  return out;
}

// Pass number `pass`: its loss and its gradients.
inline std::vector<float> pass_of(Net& net, int64_t pass = 0) {
  net.seek(pass);
  net.clear_param_diffs();
  std::vector<float> out = {net.forward()};
  net.backward();
  append(out, parameters(net, true));
  return out;
}

inline void check_near(const std::vector<float>& a, const std::vector<float>& b,
                       double tolerance = 1e-4) {
  CHECK_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK_NEAR(a[i], b[i], tolerance, tolerance);
}

inline std::unique_ptr<Solver> solver_on(const std::string& device, const std::string& text,
                                         const std::string& more = "momentum: 0.9") {
  SolverSetup setup;
  parse_text("net { seed: 1 device: '" + device + "' }", setup.options);
  return make_solver(read_solver_text("net_param { " + text +
                                      " } base_lr: 0.05 lr_policy: 'fixed' max_iter: 100 " + more),
                     setup);
}

// The loss of the last iteration.
inline float loss_of(const Net& net) {
  return *net.blobs()[net.blob_index("loss")]->data().read();
}

}  // namespace caffe::test
