// ParseEvaluate: counts, for each class, pixels that are rightly labelled, that are of the class,
// and that are said to be.
//
//   num_labels    required, at least 1
//   ignore_label  none, or several: pixels of these true labels count nothing
//
// Bottoms: predicted labels and true labels, N x 1 x H x W, 0 .. num_labels - 1. Top: 1 x
// num_labels x 1 x 3, of this pass alone. There is no gradient.
//
// Fork: weiliu89/caffe (fcn), for ParseNet.
//
// Differs from the original: true labels out of range are an error, there they are written outside
// of the blob.
//
//   layer { name: "eval" type: "ParseEvaluate" bottom: "class" bottom: "label" top: "eval"
//           parse_evaluate_param { num_labels: 21 ignore_label: 255 } }
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class ParseEvaluateLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers&, const BlobPointers&) override {
    classes_ = param().parse_evaluate_param->num_labels;
    if (classes_ < 1) {
      fail(Status::kInvalidArgument,
           "parse_evaluate_param.num_labels must be given, at least 1, not ", classes_);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    if (bottom[0]->count() != bottom[1]->count()) {
      fail(Status::kShape, bottom_name(0), " of shape ", bottom[0]->shape(), " and ",
           bottom_name(1), " of shape ", bottom[1]->shape(), " must hold equally many labels");
    }
    top[0]->reshape(Shape{1, classes_, 1, 3});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Labels predictions(*bottom[0], bottom_name(0), classes_);
    const Labels truths(*bottom[1], bottom_name(1), classes_,
                        param().parse_evaluate_param->ignore_label);
    // Counts above 2^24 are not all floats.
    std::vector<int64_t> counts(static_cast<size_t>(3 * classes_));
    for (int64_t i = 0; i < bottom[0]->count(); ++i) {
      const int64_t truth = truths[i];
      if (truth == Labels::kIgnored) continue;
      const int64_t prediction = predictions[i];
      counts[static_cast<size_t>(truth * 3)] += truth == prediction;
      ++counts[static_cast<size_t>(truth * 3 + 1)];
      ++counts[static_cast<size_t>(prediction * 3 + 2)];
    }
    float* y = top[0]->data().write();
    for (size_t i = 0; i < counts.size(); ++i) y[i] = static_cast<float>(counts[i]);
  }

 private:
  int64_t classes_ = 0;
};

const LayerRegistration<ParseEvaluateLayer> registration("ParseEvaluate");

}  // namespace
}  // namespace caffe
