// Layers without bottoms, and those that score or write what others compute.
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

Values parameter(LayerNodes& nodes) {
  return {nodes.parameter(0, "value")};
}

const Mapping mappings[] = {
    {"Parameter", parameter},

    {"AnnotatedData", Mapping::kInput},
    {"Data", Mapping::kInput},
    {"DenseImageData", Mapping::kInput},
    {"DummyData", Mapping::kInput},
    {"HDF5Data", Mapping::kInput},
    {"ImageData", Mapping::kInput},
    {"ImageLabelmapData", Mapping::kInput},
    {"ImageSegData", Mapping::kInput},
    {"Input", Mapping::kInput},
    {"MatRead", Mapping::kInput},
    {"MemoryData", Mapping::kInput},
    {"WindowData", Mapping::kInput},

    {"Accuracy", Mapping::kLeftOut},
    {"ContrastiveLoss", Mapping::kLeftOut},
    {"DetectionEvaluate", Mapping::kLeftOut},
    {"EuclideanLoss", Mapping::kLeftOut},
    {"HDF5Output", Mapping::kLeftOut},
    {"HingeLoss", Mapping::kLeftOut},
    {"InfogainLoss", Mapping::kLeftOut},
    {"MatWrite", Mapping::kLeftOut},
    {"MultiBoxLoss", Mapping::kLeftOut},
    {"MultinomialLogisticLoss", Mapping::kLeftOut},
    {"ParseEvaluate", Mapping::kLeftOut},
    {"SegAccuracy", Mapping::kLeftOut},
    {"SigmoidCrossEntropyLoss", Mapping::kLeftOut},
    {"SmoothL1Loss", Mapping::kLeftOut},
    {"SmoothL1LossOHEM", Mapping::kLeftOut},
    {"SoftmaxWithLoss", Mapping::kLeftOut},
    {"SoftmaxWithLossOHEM", Mapping::kLeftOut},
};

}  // namespace
}  // namespace caffe::onnx
