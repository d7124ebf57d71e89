// y = x w' + b, dx = dy w, dw += dy' x, db += the column sums of dy; and the same with w
// transposed.
#include <vector>

#include "core/encodings.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

struct InnerProduct final : caffe_operation {
  explicit InnerProduct(const caffe_inner_product_spec& given) : spec(given) {}
  caffe_inner_product_spec spec;
};

const caffe_inner_product_spec& spec_of(const caffe_operation* operation) {
  return static_cast<const InnerProduct*>(operation)->spec;
}

}  // namespace

caffe_operation* inner_product(caffe_inner_product_spec spec) {
  return new InnerProduct(spec);
}

void inner_product_forward(caffe_operation* operation, const float* x, const void* w,
                           const float* b, float* y) {
  const caffe_inner_product_spec& spec = spec_of(operation);
  std::vector<float> decoded;
  const auto* weights = static_cast<const float*>(w);
  if (const auto encoding = static_cast<Encoding>(spec.weights_encoding);
      encoding != Encoding::kF32) {
    const int64_t rows = spec.transposed ? spec.inputs : spec.outputs;
    const int64_t columns = spec.transposed ? spec.outputs : spec.inputs;
    decoded.resize(static_cast<size_t>(rows * columns));
    convert(w, encoding, decoded.data(), Encoding::kF32, rows, columns);
    weights = decoded.data();
  }
  gemm(false, !spec.transposed, spec.rows, spec.outputs, spec.inputs, 1, x, weights, 0, y);
  if (b == nullptr) return;
  for (int64_t row = 0; row < spec.rows; ++row) {
    for (int64_t j = 0; j < spec.outputs; ++j) y[row * spec.outputs + j] += b[j];
  }
}

void inner_product_backward_data(caffe_operation* operation, const float* dy, const float* w,
                                 float* dx) {
  const caffe_inner_product_spec& spec = spec_of(operation);
  gemm(false, spec.transposed, spec.rows, spec.inputs, spec.outputs, 1, dy, w, 0, dx);
}

void inner_product_backward_weights(caffe_operation* operation, const float* x, const float* dy,
                                    float* dw, float* db) {
  const caffe_inner_product_spec& spec = spec_of(operation);
  if (dw != nullptr && spec.transposed) {
    gemm(true, false, spec.inputs, spec.outputs, spec.rows, 1, x, dy, 1, dw);
  } else if (dw != nullptr) {
    gemm(true, false, spec.outputs, spec.inputs, spec.rows, 1, dy, x, 1, dw);
  }
  if (db == nullptr) return;
  for (int64_t j = 0; j < spec.outputs; ++j) {
    double sum = 0;
    for (int64_t row = 0; row < spec.rows; ++row) sum += dy[row * spec.outputs + j];
    db[j] += static_cast<float>(sum);
  }
}

}  // namespace caffe::reference
