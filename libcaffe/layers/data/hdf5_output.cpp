// HDF5Output: writes its bottoms into an HDF5 file, as the datasets "data" and "label".
//
//   file_name  required
//
// Bottoms: two with the same first axis and at most four axes. The datasets have four axes, missing
// ones are 1, and hold the items of all passes one behind the other. What is at file_name is always
// a whole file: it is replaced at the first pass, then whenever as many items have come again as it
// holds, and at last when the net is destroyed. No tops; the gradient is 0.
//
//   layer { name: "features" type: "HDF5Output" bottom: "fc7" bottom: "label"
//           hdf5_output_param { file_name: "features.h5" } }
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/fork.hpp"
#include "core/log.hpp"
#include "data/hdf5.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class Hdf5OutputLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  ~Hdf5OutputLayer() override {
    // What was inherited by fork() is the parent's to save, which may have more by now.
    if (saved_ == items_ || process_ != fork_generation()) return;
    try {
      save();
    } catch (const std::exception& error) {
      CAFFE_LOG(kError, "layer ", quoted(name()), " (HDF5Output): ", items_ - saved_,
                " items are lost: ", error.what());
    }
  }

  Arity arity() const override { return Arity::exact(2, 0); }

  void init(const BlobPointers& bottom, const BlobPointers&) override {
    if (file_name().empty()) {
      fail(Status::kInvalidArgument, "hdf5_output_param.file_name must be given");
    }
    Hdf5File::create(file_name());  // fails now rather than when there is something to lose
    for (size_t i = 0; i < 2; ++i) datasets_[i].item = item_shape(bottom, i);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers&) override {
    for (size_t i = 0; i < 2; ++i) {
      const Shape item = item_shape(bottom, i);
      if (item == datasets_[i].item) continue;
      if (items_ > 0) {
        fail(Status::kShape, bottom_name(i), " has items of shape ", item, ", those in ",
             quoted(file_name()), " have ", datasets_[i].item);
      }
      datasets_[i].item = item;
    }
    if (bottom[0]->shape().legacy(0) != bottom[1]->shape().legacy(0)) {
      fail(Status::kShape, bottom_name(0), " has ", bottom[0]->shape().legacy(0), " items, ",
           bottom_name(1), " has ", bottom[1]->shape().legacy(0));
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers&) override {
    for (size_t i = 0; i < 2; ++i) {
      const float* values = bottom[i]->data().read();
      datasets_[i].values.insert(datasets_[i].values.end(), values, values + bottom[i]->count());
    }
    items_ += bottom[0]->shape().legacy(0);
    process_ = fork_generation();
    if (items_ - saved_ >= saved_) save();
  }

  void backward(const BlobPointers&, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) bottom[i]->diff().clear();
    }
  }

 private:
  struct Dataset {
    const char* name;
    Shape item;  // three axes
    std::vector<float> values;
  };

  const std::string& file_name() const { return param().hdf5_output_param->file_name; }

  Shape item_shape(const BlobPointers& bottom, size_t i) const {
    const Shape& shape = bottom[i]->shape();
    if (shape.axes() > 4) {
      fail(Status::kShape, bottom_name(i), " has shape ", shape, ", expected at most four axes");
    }
    return {shape.legacy(1), shape.legacy(2), shape.legacy(3)};
  }

  void save() {
    Hdf5File file = Hdf5File::create(file_name());
    for (const Dataset& each : datasets_) {
      const Shape shape{items_, each.item[0], each.item[1], each.item[2]};
      file.write_floats(each.name, shape, each.values.data());
    }
    file.commit();
    saved_ = items_;
  }

  std::array<Dataset, 2> datasets_{Dataset{"data", {}, {}}, Dataset{"label", {}, {}}};
  int64_t items_ = 0, saved_ = 0;
  uint64_t process_ = 0;  // that the last items are of
};

const LayerRegistration<Hdf5OutputLayer> registration("HDF5Output");

}  // namespace
}  // namespace caffe
