// DummyData: tops filled by fillers, for trials and for speed.
//
//   shape         one for all tops, or one for each top
//   num, channels, height, width   the same for tops of four axes (the old form)
//   data_filler   none (zeros), one for all tops, or one for each top
//
// Constant tops are filled once, so that what a user writes into them stays; random ones are
// filled anew at each forward.
//
//   layer { name: "noise" type: "DummyData" top: "noise"
//           dummy_data_param { shape { dim: 16 dim: 100 }
//           data_filler { type: "gaussian" std: 1 } } }
#include "layers/base/filler.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class DummyDataLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kServes;
  using Layer::Layer;

  Arity arity() const override { return {0, 0, 1, Arity::kAny, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    const DummyDataParameter& dummy = *param().dummy_data_param;
    const size_t fillers = dummy.data_filler.size();
    if (fillers > 1) check_times("data_filler", fillers, top.size());
    Rng rng = filler_rng(0);
    for (size_t i = 0; i < top.size(); ++i) {
      top[i]->reshape(shape(dummy, i, top.size()));
      FillerParameter filler;  // constant 0
      if (fillers > 0) filler = dummy.data_filler[fillers == 1 ? 0 : i];
      fill(*top[i], filler, rng);
      fillers_.push_back(filler);
    }
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    Rng rng = pass_rng();
    for (size_t i = 0; i < top.size(); ++i) {
      if (fillers_[i].type != "constant") fill(*top[i], fillers_[i], rng);
    }
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

 private:
  static void check_times(const char* field, size_t times, size_t tops) {
    if (times == 1 || times == tops) return;
    fail(Status::kInvalidArgument, "dummy_data_param.", field, " is given ", times,
         " times, expected once or once for each of the ", tops, " tops");
  }

  static Shape shape(const DummyDataParameter& dummy, size_t i, size_t tops) {
    if (dummy.num.empty()) {
      check_times("shape", dummy.shape.size(), tops);
      return Shape(dummy.shape[dummy.shape.size() == 1 ? 0 : i].dim);
    }
    if (!dummy.shape.empty()) {
      fail(Status::kInvalidArgument, "dummy_data_param has shape and num, expected one");
    }
    std::vector<int64_t> dims;
    const auto add = [&](const char* field, const std::vector<uint32_t>& values) {
      check_times(field, values.size(), tops);
      dims.push_back(values[values.size() == 1 ? 0 : i]);
    };
    add("num", dummy.num);
    add("channels", dummy.channels);
    add("height", dummy.height);
    add("width", dummy.width);
    return Shape(dims);
  }

  std::vector<FillerParameter> fillers_;
};

const LayerRegistration<DummyDataLayer> registration("DummyData");

}  // namespace
}  // namespace caffe
