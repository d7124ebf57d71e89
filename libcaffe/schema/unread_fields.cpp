#include "schema/unread_fields.hpp"

#include <vector>

#include "core/error.hpp"
#include "core/log.hpp"
#include "schema/reflection.hpp"

namespace caffe {

namespace schema {

namespace {

using enum Verdict;

constexpr const char* kEngine = "each operation is computed by what is fastest for its shape";
constexpr const char* kPrecision = "values are stored and computed as 32-bit floats";
constexpr const char* kCudnn = "it chooses among algorithms of cuDNN";
constexpr const char* kLossScale =
    "it keeps 16-bit gradients from vanishing; those here are 32-bit floats";
constexpr const char* kSeed = "random numbers follow the seed of the net";
constexpr const char* kLarc = "every parameter learns at the policy's rate, not at LARC's";
constexpr const char* kOfUnsupported = "what it belongs to is not supported";
constexpr const char* kMomentum = "the momentum is the same in every iteration";
constexpr const char* kDecay = "the weight decay is the same in every iteration";
constexpr const char* kEpochs = "training and tests are counted in iterations: max_iter, test_iter";
constexpr const char* kResize = "images keep the size that the other fields give them";
constexpr const char* kPriors = "it asks for other prior boxes than SSD's, another number of them";
constexpr const char* kPolygon = "it asks for the quadrilaterals or rotated boxes of TextBoxes++";
constexpr const char* kAugment = "images are not changed in that way";
constexpr const char* kYoloData = "batches are made as SSD makes them";
constexpr const char* kTests = "tests log the means of what the test nets put out";
constexpr const char* kMeanfield = "the weights are those of the parameter blobs";
constexpr const char* kCcnn = "CCNN";
constexpr const char* kDeepLab = "DeepLab";
constexpr const char* kYolo = "MobileNet-YOLO";
constexpr const char* kFiller = "parameters without weights begin at the filler's plain values";

// By message, in the order of the schema.
constexpr UnreadField kFields[] = {
    {"Datum", "seg_label", kIgnored, "data layers serve images and their labels"},
    {"FillerParameter", "alpha", kRefused, kFiller},
    {"FillerParameter", "scale", kRefused, kFiller},
    {"NetParameter", "engine", kIgnored, kEngine},
    {"NetParameter", "bn_stats_batch_size", kRefused,
     "batch statistics are those of the whole batch"},
    {"NetParameter", "default_forward_type", kIgnored, kPrecision},
    {"NetParameter", "default_backward_type", kIgnored, kPrecision},
    {"NetParameter", "default_forward_math", kIgnored, kPrecision},
    {"NetParameter", "default_backward_math", kIgnored, kPrecision},
    {"NetParameter", "global_grad_scale", kIgnored, kLossScale},
    {"NetParameter", "global_grad_scale_adaptive", kIgnored, kLossScale},
    {"NetParameter", "default_conv_algos_override", kIgnored, kCudnn},
    {"NetParameter", "reduce_buckets", kIgnored, "a training runs on one device"},
    {"NetParameter", "default_cudnn_math_override", kIgnored, kCudnn},
    {"LayerParameter", "engine", kIgnored, kEngine},
    {"LayerParameter", "split_param", kIgnored, kEngine},
    {"LayerParameter", "forward_type", kIgnored, kPrecision},
    {"LayerParameter", "backward_type", kIgnored, kPrecision},
    {"LayerParameter", "forward_math", kIgnored, kPrecision},
    {"LayerParameter", "backward_math", kIgnored, kPrecision},
    {"LayerParameter", "debug", kIgnored, "debug_info of the net is what logs"},
    {"LayerParameter", "cudnn_math_override", kIgnored, kCudnn},
    {"LayerParameter", "loss_statistic_param", kOfItsLayer, kCcnn},
    {"LayerParameter", "repack_param", kOfItsLayer, kCcnn},
    {"LayerParameter", "running_average_param", kOfItsLayer, kCcnn},
    {"LayerParameter", "statistical_loss_param", kOfItsLayer, kCcnn},
    {"LayerParameter", "region_loss_param", kOfItsLayer, kYolo},
    {"LayerParameter", "yolov3_param", kOfItsLayer, kYolo},
    {"LayerParameter", "yolo_seg_param", kOfItsLayer, kYolo},
    {"LayerParameter", "segmentation_evaluate_param", kOfItsLayer, kYolo},
    {"LayerParameter", "adaptive_bias_channel_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "bias_channel_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "domain_transform_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "unique_label_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "censor_label_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "channel_aggregator_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "dominant_channel_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "gain_channel_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "histogram_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "ignore_overlay_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "one_hot_param", kOfItsLayer, kDeepLab},
    {"LayerParameter", "video_data_param", kOfItsLayer, "SSD"},
    {"LayerParameter", "scalar_param", kOfItsLayer, "the recurrent branch"},
    {"SolverParameter", "device_id", kIgnored, "there is no GPU to choose"},
    {"SolverParameter", "layer_wise_reduce", kIgnored, "a training runs on one device"},
    {"SolverParameter", "log_avg_gradient_norm", kIgnored, "the norm of gradients is not logged"},
    {"SolverParameter", "test_before_snapshot", kRefused,
     "tests are where test_interval puts them"},
    {"SolverParameter", "ap_version", kIgnored, kTests},
    {"SolverParameter", "show_per_class_result", kIgnored, kTests},
    {"SolverParameter", "eval_type", kIgnored, kTests},
    {"SolverParameter", "disabled_update", kRefused, "parameters are updated"},
    {"SolverParameter", "engine", kIgnored, kEngine},
    {"SolverParameter", "local_lr_auto", kRefused, kLarc},
    {"SolverParameter", "local_gw_ratio", kIgnored, kOfUnsupported},
    {"SolverParameter", "momentum_policy", kRefused, kMomentum},
    {"SolverParameter", "max_momentum", kIgnored, kOfUnsupported},
    {"SolverParameter", "momentum_power", kIgnored, kOfUnsupported},
    {"SolverParameter", "weight_decay_policy", kRefused, kDecay},
    {"SolverParameter", "weight_decay_power", kIgnored, kOfUnsupported},
    {"SolverParameter", "larc", kRefused, kLarc},
    {"SolverParameter", "larc_policy", kIgnored, kOfUnsupported},
    {"SolverParameter", "larc_eta", kIgnored, kOfUnsupported},
    {"SolverParameter", "larc_turbo", kIgnored, kOfUnsupported},
    {"SolverParameter", "solver_data_type", kIgnored, kPrecision},
    {"SolverParameter", "store_blobs_in_old_format", kIgnored,
     "files are always written in the format that every Caffe reads"},
    {"SolverParameter", "per_parameter_reduce", kIgnored, "a training runs on one device"},
    {"SolverParameter", "max_epoch", kRefused, kEpochs},
    {"SolverParameter", "epoch_size", kIgnored, kOfUnsupported},
    {"SolverParameter", "test_epoch_size", kIgnored, kOfUnsupported},
    {"SolverParameter", "test_interval_epoch", kRefused, kEpochs},
    {"TransformationParameter", "flow", kRefused, kAugment},
    {"TransformationParameter", "enable_classf_aug", kRefused, kAugment},
    {"TransformationParameter", "min_scaling_factor", kRefused, kAugment},
    {"TransformationParameter", "max_scaling_factor", kRefused, kAugment},
    {"TransformationParameter", "max_rotation_angle", kRefused, kAugment},
    {"TransformationParameter", "contrast_brightness_adjustment", kRefused, kAugment},
    {"TransformationParameter", "smooth_filtering", kRefused, kAugment},
    {"TransformationParameter", "min_contrast", kRefused, kAugment},
    {"TransformationParameter", "max_contrast", kRefused, kAugment},
    {"TransformationParameter", "max_brightness_shift", kRefused, kAugment},
    {"TransformationParameter", "max_smooth", kRefused, kAugment},
    {"TransformationParameter", "max_color_shift", kRefused, kAugment},
    {"TransformationParameter", "min_side_min", kRefused, kAugment},
    {"TransformationParameter", "min_side_max", kRefused, kAugment},
    {"TransformationParameter", "min_side", kRefused, kAugment},
    {"TransformationParameter", "apply_probability", kRefused, kAugment},
    {"TransformationParameter", "cvt_bgr2rgb", kRefused, kAugment},
    {"TransformationParameter", "vertical_mirror", kRefused, kAugment},
    {"TransformationParameter", "random_90_deg_rot", kRefused, kAugment},
    {"TransformationParameter", "debug_params", kIgnored, "no images are shown on a screen"},
    {"TransformationParameter", "use_gpu_transform", kIgnored, "images are transformed on the CPU"},
    {"TransformationParameter", "random_seed", kIgnored, kSeed},
    {"TransformationParameter", "img_rand_resize_lower", kRefused, kResize},
    {"TransformationParameter", "img_rand_resize_upper", kRefused, kResize},
    {"TransformationParameter", "var_sz_img_enabled", kRefused, kResize},
    {"TransformationParameter", "display", kIgnored, "no images are shown on a screen"},
    {"TransformationParameter", "num_labels", kRefused, "labels are those of the records"},
    {"LossParameter", "label_smoothing", kRefused, "the loss is that of the labels as they are"},
    {"ConcatParameter", "engine", kIgnored, kEngine},
    {"BatchNormParameter", "engine", kIgnored, kEngine},
    {"ConvolutionParameter", "engine", kIgnored, "values other than CAFFE choose nothing here"},
    {"ConvolutionParameter", "force_nd_im2col", kIgnored, kEngine},
    {"ConvolutionParameter", "relu", kNeverDropped,
     "it asks for a ReLU within the convolution; "
     "write it as a layer of its own"},
    {"ConvolutionParameter", "negative_slope", kNeverDropped,
     "it asks for a ReLU within the "
     "convolution; write it as a layer of its own"},
    {"ConvolutionParameter", "conv_algorithm", kIgnored, kEngine},
    {"ConvolutionParameter", "cudnn_convolution_algo_seeker", kIgnored, kCudnn},
    {"ConvolutionParameter", "conv_algos_override", kIgnored, kCudnn},
    {"ConvolutionParameter", "cudnn_math_override", kIgnored, kCudnn},
    {"DataParameter", "parser_threads", kIgnored,
     "records are read one after the other; `threads` says how many make images of them"},
    {"DataParameter", "cache", kIgnored, "the system keeps in memory what fits"},
    {"DropoutParameter", "engine", kIgnored, kEngine},
    {"DropoutParameter", "random_seed", kIgnored, kSeed},
    {"EltwiseParameter", "engine", kIgnored, kEngine},
    {"ELUParameter", "lambda", kNeverDropped, "it asks for a scaled ELU"},
    {"InnerProductParameter", "engine", kIgnored, kEngine},
    {"LRNParameter", "engine", kIgnored, kEngine},
    {"PoolingParameter", "engine", kIgnored, kEngine},
    {"PoolingParameter", "avg_include_pad", kNeverDropped,
     "it asks for averages over the window without its padding"},
    {"ReLUParameter", "engine", kIgnored, kEngine},
    {"ReLUParameter", "fuse", kIgnored, "the option optimize of a net is what fuses"},
    {"SigmoidParameter", "engine", kIgnored, kEngine},
    {"SoftmaxParameter", "engine", kIgnored, kEngine},
    {"SplitParameter", "engine", kIgnored, kEngine},
    {"TanHParameter", "engine", kIgnored, kEngine},
    {"SPPParameter", "engine", kIgnored, kEngine},
    {"BNParameter", "engine", kIgnored, kEngine},
    {"UnPoolingParameter", "engine", kIgnored, kEngine},
    {"V0LayerParameter", "new_num", kIgnored, "no layer of V0 has it"},
    {"V0LayerParameter", "new_channels", kIgnored, "no layer of V0 has it"},
    {"LabelMapItem", "display_name", kIgnored, "classes go by their name"},
    {"Annotation", "lanes", kIgnored, "annotations are boxes"},
    {"SaltPepperParameter", "type", kRefused,
     "fraction is a share of the pixels, not their number"},
    {"AnnotatedDataParameter", "yolo_data_type", kRefused, kYoloData},
    {"AnnotatedDataParameter", "yolo_data_jitter", kRefused, kYoloData},
    {"AnnotatedDataParameter", "train_diffcult", kRefused, kYoloData},
    {"AnnotatedDataParameter", "single_class", kRefused, kYoloData},
    {"AnnotatedDataParameter", "seg_scales", kRefused, kYoloData},
    {"AnnotatedDataParameter", "seg_resize_width", kRefused, kYoloData},
    {"AnnotatedDataParameter", "seg_resize_height", kRefused, kYoloData},
    {"AnnotatedDataParameter", "difficult_label_warmup", kRefused, kYoloData},
    {"MultiStageMeanfieldParameter", "compatibility_mode", kIgnored, "POTTS is all there is"},
    {"MultiStageMeanfieldParameter", "threshold", kIgnored, "the formula has none"},
    {"MultiStageMeanfieldParameter", "force_cpu", kIgnored, "the layer runs on the CPU"},
    {"MultiStageMeanfieldParameter", "forced_spatial_filter_weight", kRefused, kMeanfield},
    {"MultiStageMeanfieldParameter", "forced_bilateral_filter_weight", kRefused, kMeanfield},
    {"DetectionEvaluateParameter", "use_polygon", kNeverDropped, kPolygon, true},
    {"DetectionOutputParameter", "visualize_threshold", kIgnored, "nothing is drawn"},
    {"DetectionOutputParameter", "save_file", kIgnored, "nothing is drawn"},
    {"DetectionOutputParameter", "use_polygon", kNeverDropped, kPolygon, true},
    {"MultiBoxLossParameter", "use_polygon", kNeverDropped, kPolygon, true},
    {"YoloDetectionOutputParameter", "side", kIgnored, "the maps have the size of the bottom"},
    {"YoloDetectionOutputParameter", "label_map_file", kIgnored, "classes are numbers in the top"},
    {"PriorBoxParameter", "denser_prior_boxes", kNeverDropped, kPriors},
    {"PriorBoxParameter", "fixed_size", kNeverDropped, kPriors},
    {"PriorBoxParameter", "fixed_ratio", kNeverDropped, kPriors},
    {"PriorBoxParameter", "density", kNeverDropped, kPriors},
};

// Whether the field says anything that its absence does not. `engine: CAFFE` is what there is here,
// and convolutions read it.
bool says_something(const Field& field, const Message& message) {
  if (!has(field, message)) return false;
  if (field.repeated() || field.kind == Kind::kMessage) return true;
  if (field.kind == Kind::kEnum && std::string_view(field.enum_type->name) == "Engine") {
    return get<int32_t>(field, message) > field.enum_type->find("CAFFE")->number;
  }
  const Message& defaults = message.message_type().defaults();
  return with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    return !(get<T>(field, message) == get<T>(field, defaults));
  });
}

// A net or layer inside of another message has a place of its own in what is told.
bool is_definition(const MessageType& type) {
  const std::string_view name = type.name;
  return name == "NetParameter" || name == "LayerParameter" || name == "V1LayerParameter" ||
         name == "BlobProto";
}

class Settling {
 public:
  Settling(bool lenient, IgnoredFields& ignored) : lenient_(lenient), ignored_(ignored) {}

  void look_through(Message& message, const std::string& path) {
    for (const Field& field : message.message_type().fields) {
      if (!has(field, message)) continue;
      const std::string name = path + field.name;
      if (const UnreadField* unread = find_unread(message.message_type().name, field.name)) {
        if (unread->any_value || says_something(field, message)) settle(*unread, name);
        if (unread->verdict == kRefused) clear(field, message);  // layers need not know
      } else if (field.kind == Kind::kMessage && !is_definition(field.message->type())) {
        void* place = member(field, message);
        if (!field.repeated()) look_through(field.message->mutable_sub(place), name + ".");
        for (size_t i = 0; field.repeated() && i < field.message->list_size(place); ++i) {
          look_through(const_cast<Message&>(field.message->list_at(place, i)), name + ".");
        }
      }
    }
  }

 private:
  void settle(const UnreadField& unread, const std::string& name) {
    switch (unread.verdict) {
      case kOfItsLayer:
        return;
      case kIgnored:
        ++ignored_[name];
        return;
      case kNeverDropped:
        fail(Status::kUnsupported, name, " is not supported: ", unread.reason,
             "; lenient does not drop it, as the results would be wrong");
      case kRefused:
        if (!lenient_) {
          fail(Status::kUnsupported, name,
               " is not supported; the option lenient drops it, and then ", unread.reason);
        }
        CAFFE_LOG(kWarning, name, " is dropped, as lenient asks: ", unread.reason);
    }
  }

  const bool lenient_;
  IgnoredFields& ignored_;
};

}  // namespace

std::span<const UnreadField> unread_fields() {
  return kFields;
}

const UnreadField* find_unread(const char* message, const char* field) {
  for (const UnreadField& each : kFields) {
    if (std::string_view(message) == each.message && std::string_view(field) == each.field) {
      return &each;
    }
  }
  return nullptr;
}

}  // namespace schema

void settle_unread_fields(Message& message, bool lenient, IgnoredFields& ignored) {
  schema::Settling(lenient, ignored).look_through(message, "");
}

void warn_of_ignored(const IgnoredFields& ignored, const std::string& source) {
  if (ignored.empty()) return;
  std::vector<std::string> names;
  for (const auto& [name, times] : ignored) {
    names.push_back(times == 1 ? name : str(name, " (", times, " times)"));
  }
  CAFFE_LOG(kWarning, source, source.empty() ? "" : ": ",
            "fields that decide nothing here are ignored: ", joined(names));
}

}  // namespace caffe
