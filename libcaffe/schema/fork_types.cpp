#include "schema/fork_types.hpp"

namespace caffe::schema {
namespace {

struct ForkType {
  std::string_view type, v1, fork;
};

constexpr ForkType kTypes[] = {
    {"SimpleFastMeanfield", "SIMPLE_FAST_MEANFIELD", "CRF-RNN"},
    {"DominantChannel", "DOMINANT_CHANNEL", "DeepLab"},
    {"BiasChannel", "BIAS_CHANNEL", "DeepLab"},
    {"UniqueLabel", "UNIQUE_LABEL", "DeepLab"},
    {"CensorLabel", "CENSOR_LABEL", "DeepLab"},
    {"AdaptiveBiasChannel", "ADAPTIVE_BIAS_CHANNEL", "DeepLab"},
    {"ChannelAggregator", "CHANNEL_AGGREGATOR", "DeepLab"},
    {"IgnoreOverlay", "IGNORE_OVERLAY", "DeepLab"},
    {"Histogram", "HISTOGRAM", "DeepLab"},
    {"RelativeError", "RELATIVE_ERROR", "DeepLab"},
    {"GainChannel", "GAIN_CHANNEL", "DeepLab"},
    {"Onehot", "ONEHOT", "DeepLab"},
    {"DomainTransform", "DOMAIN_TRANSFORM", "DeepLab"},
    {"Convolution3D", "CONVOLUTION3D", "C3D"},
    {"Pooling3D", "POOLING3D", "C3D"},
    {"Deconvolution3D", "DECONVOLUTION3D", "C3D"},
    {"VideoData", "VIDEO_DATA", "SSD or C3D"},
    {"CTCLoss", "CTC_LOSS", "TextBoxes++"},
    {"CTCDecoder", "CTC_DECODER", "TextBoxes++"},
    {"DetectNetTransformation", "", "NVIDIA/caffe"},
    {"SpatialDropout", "", "intel/caffe"},
    {"MnActivation", "", "intel/caffe"},
    {"ContinuationIndicator", "", "intel/caffe"},
    {"Scalar", "", "recurrent"},
    {"RegionLoss", "", "MobileNet-YOLO"},
    {"Yolov3", "", "MobileNet-YOLO"},
    {"YoloSeg", "", "MobileNet-YOLO"},
    {"SegmentationEvaluate", "", "MobileNet-YOLO"},
};

}  // namespace

std::string_view fork_of_type(std::string_view type) {
  for (const ForkType& each : kTypes) {
    if (type == each.type || (!each.v1.empty() && type == each.v1)) return each.fork;
  }
  return "";
}

}  // namespace caffe::schema
