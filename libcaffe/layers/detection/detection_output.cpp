// DetectionOutput: the objects that SSD's predictions say are there: scores above a threshold,
// boxes from offsets and prior boxes, without those that overlap a better one of their class. SSD:
// Single Shot MultiBox Detector, Liu et al., 2016.
//
//   num_classes                 required; with the background
//   share_location              true: one box for all classes of a prior; false: one for each
//   background_label_id         0; the class that is no object, -1 when there is none
//   confidence_threshold        none; only greater scores count
//   nms_param                   the suppression: top_k (none, or -1) is the most candidates of one
//                               class and image; a box that overlaps a better one by more than
//                               nms_threshold (0.3) is dropped; each kept box multiplies that
//                               threshold by eta (1) while it is above one half
//   keep_top_k                  -1 (all); the most detections of one image
//   code_type                   how offsets are meant: CORNER, CENTER_SIZE or CORNER_SIZE
//   variance_encoded_in_target  false; true: the priors' variances are in the offsets already
//   save_output_param           files of results, written after the last of the images in
//                               name_size_file (or of the first num_test_image): with
//                               output_directory, output_format (VOC, COCO or ILSVRC),
//                               output_name_prefix, label_map_file (a LabelMap as text),
//                               name_size_file (lines `name height width`) and resize_param
//
// Bottoms: offsets N x (4 * priors, times the classes when they are not shared), scores
// N x (priors * classes), the priors 1 x 2 x (4 * priors) as PriorBox gives them, and optionally
// the images, which nothing is done with. Top: 1 x 1 x detections x 7, rows
// [image, label, score, xmin, ymin, xmax, ymax] in the order of images, labels and falling scores,
// equal ones in the order of the priors; when nothing at all is found, [image, -1, -1, ...] for
// each image. Boxes are not cut at the image's edges. A score that is no number is no detection.
//
// Fork: weiliu89/caffe (ssd).
//
// Differs from the original: output_directory is made, not emptied; visualize draws nothing; no
// background is allowed with shared locations, too.
//
//   layer {
//     name: "detection_out" type: "DetectionOutput" top: "detection_out"
//     bottom: "mbox_loc" bottom: "mbox_conf_flatten" bottom: "mbox_priorbox"
//     detection_output_param {
//       num_classes: 21 code_type: CENTER_SIZE confidence_threshold: 0.01 keep_top_k: 200
//       nms_param { nms_threshold: 0.45 top_k: 400 }
//     }
//   }
#include <algorithm>
#include <cfloat>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "core/system_memory.hpp"
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/detection/result_files.hpp"
#include "layers/detection/suppression.hpp"

namespace caffe {
namespace {

class DetectionOutputLayer final : public Layer {
 public:
  DetectionOutputLayer(const LayerParameter& param, const LayerContext& context)
      : Layer(param, context),
        wanted_(*this->param().detection_output_param),
        code_(wanted_.code_type, wanted_.variance_encoded_in_target,
              "detection_output_param.code_type") {}

  Arity arity() const override { return {3, 4, 1, 1, false}; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const NonMaximumSuppressionParameter& nms = *wanted_.nms_param;
    if (wanted_.num_classes == 0) {
      fail(Status::kInvalidArgument, "detection_output_param.num_classes is not given");
    }
    if (!(nms.nms_threshold >= 0)) {
      fail(Status::kInvalidArgument, "nms_param.nms_threshold: ", nms.nms_threshold,
           " is less than 0");
    }
    if (!(nms.eta > 0 && nms.eta <= 1)) {
      fail(Status::kInvalidArgument, "nms_param.eta: ", nms.eta, " is not in (0, 1]");
    }
    threshold_ = wanted_.has_confidence_threshold() ? wanted_.confidence_threshold : -FLT_MAX;
    if (wanted_.visualize) CAFFE_LOG(kWarning, name(), ": visualize is ignored");
    init_files();
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    priors_ = Priors::count_of(bottom[2]->shape(), bottom_name(2));
    const int64_t classes = wanted_.num_classes;
    check_predictions(bottom, 0, checked_mul(4 * priors_, wanted_.share_location ? 1 : classes));
    check_predictions(bottom, 1, checked_mul(priors_, classes));
    if (bottom[0]->dim(0) != bottom[1]->dim(0)) {
      fail(Status::kShape, bottom_name(0), " of shape ", bottom[0]->shape(), " and ",
           bottom_name(1), " of shape ", bottom[1]->shape(), " must agree in their first axis");
    }
    const NonMaximumSuppressionParameter& nms = *wanted_.nms_param;
    require_memory("classes", priors_ > 0 ? classes : 0, sizeof(ClassCandidates));
    classes_.resize(priors_ > 0 ? wanted_.num_classes : 0,
                    {{}, {}, Suppression(nms.nms_threshold, nms.eta)});
    top[0]->reshape({1, 1, 1, 7});  // forward knows how many
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Priors priors(*bottom[2]);
    code_.check(priors, bottom_name(2), false);
    const float* offsets = bottom[0]->data().read();
    const float* scores = bottom[1]->data().read();
    const int64_t images = bottom[0]->dim(0);
    found_.clear();
    for (int64_t image = 0; image < images; ++image) {
      const size_t before = found_.size();
      find(image, priors, offsets + image * bottom[0]->shape().count(1),
           scores + image * bottom[1]->shape().count(1));
      if (files_) files_->add(found_.data() + before, found_.data() + found_.size());
    }
    if (found_.empty()) {
      for (int64_t image = 0; image < images; ++image) {
        found_.push_back({image, -1, -1, {-1, -1, -1, -1}});
      }
    }
    top[0]->reshape({1, 1, static_cast<int64_t>(found_.size()), 7});
    float* out = top[0]->data().write();
    for (const Detection& each : found_) {
      const float row[] = {static_cast<float>(each.image),
                           static_cast<float>(each.label),
                           each.score,
                           each.box.xmin,
                           each.box.ymin,
                           each.box.xmax,
                           each.box.ymax};
      out = std::copy_n(row, 7, out);
    }
  }

 private:
  // One class in one image.
  struct ClassCandidates {
    std::vector<Candidate> candidates;  // the detections in the end, best first
    std::vector<Box> boxes;             // theirs
    Suppression suppression;
  };

  void init_files() {
    const SaveOutputParameter& save = *wanted_.save_output_param;
    if (save.output_directory.empty()) return;
    if (save.label_map_file.empty() || save.name_size_file.empty()) {
      CAFFE_LOG(kWarning, name(), ": no results are saved without save_output_param.label_map_file",
                " and name_size_file");
      return;
    }
    files_ = std::make_unique<ResultFiles>(save, wanted_.num_classes, wanted_.background_label_id);
  }

  void check_predictions(const BlobPointers& bottom, size_t i, int64_t values) const {
    const Shape& shape = bottom[i]->shape();
    if (shape.axes() < 2 || shape.count(1) != values) {
      fail(Status::kShape, bottom_name(i), " has the shape ", shape, "; ", priors_,
           " priors want N x ", values);
    }
  }

  // Adds the detections of one image to found_.
  void find(int64_t image, const Priors& priors, const float* offsets, const float* scores) {
    const int64_t classes = static_cast<int64_t>(classes_.size());
    for (ClassCandidates& each : classes_) each.candidates.clear();
    for (int64_t prior = 0; prior < priors_; ++prior, scores += classes) {
      for (int64_t label = 0; label < classes; ++label) {
        if (scores[label] > threshold_ && label != wanted_.background_label_id) {
          candidates(label).push_back({scores[label], prior});
        }
      }
    }
    const NonMaximumSuppressionParameter& nms = *wanted_.nms_param;
    const int64_t top_k = nms.has_top_k() ? nms.top_k : -1;
    int64_t most = 1;
    for (ClassCandidates& each : classes_) {
      const int64_t count = static_cast<int64_t>(each.candidates.size());
      const int64_t room = top_k < 0 ? count : std::min<int64_t>(count, top_k);
      each.boxes.resize(static_cast<size_t>(room));
      each.suppression.reset(static_cast<size_t>(room));
      most = std::max(most, count);
    }
    // No memory is asked for from here on, so that nothing throws on another thread.
    parallel_for(classes, grain_of(32 * most), [&](int64_t begin, int64_t end) {
      for (int64_t label = begin; label < end; ++label) {
        suppress(classes_[static_cast<size_t>(label)], label, top_k, priors, offsets);
      }
    });
    cut_to_best();
    for (int64_t label = 0; label < classes; ++label) {
      const ClassCandidates& kept = classes_[static_cast<size_t>(label)];
      for (size_t i = 0; i < kept.candidates.size(); ++i) {
        found_.push_back({image, label, kept.candidates[i].score, kept.boxes[i]});
      }
    }
  }

  std::vector<Candidate>& candidates(int64_t label) {
    return classes_[static_cast<size_t>(label)].candidates;
  }

  // Leaves the candidates that are detections, in front of `boxes` their boxes.
  void suppress(ClassCandidates& of, int64_t label, int64_t top_k, const Priors& priors,
                const float* offsets) const {
    const int64_t step = wanted_.share_location ? 4 : 4 * int64_t{wanted_.num_classes};
    const float* first = wanted_.share_location ? offsets : offsets + 4 * label;
    sort_best(of.candidates, top_k);
    size_t kept = 0;
    for (const Candidate& each : of.candidates) {
      const Box box = code_.decode(priors, each.index, first + each.index * step);
      if (!of.suppression.keep(box)) continue;
      of.candidates[kept] = each;
      of.boxes[kept++] = box;
    }
    of.candidates.erase(of.candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                        of.candidates.end());
  }

  // Leaves the best keep_top_k detections of the image; of equal ones those of the lower label.
  void cut_to_best() {
    best_.clear();
    for (size_t label = 0; label < classes_.size(); ++label) {
      for (const Candidate& each : classes_[label].candidates) {
        best_.push_back({each.score, static_cast<int64_t>(label)});
      }
    }
    if (wanted_.keep_top_k < 0 || best_.size() <= static_cast<size_t>(wanted_.keep_top_k)) return;
    sort_best(best_, wanted_.keep_top_k);
    std::vector<size_t> counts(classes_.size(), 0);
    for (const Candidate& each : best_) ++counts[static_cast<size_t>(each.index)];
    for (size_t label = 0; label < classes_.size(); ++label) {
      classes_[label].candidates.resize(counts[label]);
    }
  }

  const DetectionOutputParameter& wanted_;
  const BoxCode code_;
  float threshold_ = -FLT_MAX;
  int64_t priors_ = 0;
  std::vector<ClassCandidates> classes_;
  std::vector<Candidate> best_;
  std::vector<Detection> found_;
  std::unique_ptr<ResultFiles> files_;
};

const LayerRegistration<DetectionOutputLayer> registration("DetectionOutput");

}  // namespace
}  // namespace caffe
