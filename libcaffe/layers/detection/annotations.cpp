#include "layers/detection/annotations.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace caffe {

namespace {

// The part of `box` that `other` covers.
float coverage(const Box& box, const Box& other) {
  const Box shared{std::max(box.xmin, other.xmin), std::max(box.ymin, other.ymin),
                   std::min(box.xmax, other.xmax), std::min(box.ymax, other.ymax)};
  const float covered = area(shared), all = area(box);
  return covered > 0 && all > 0 ? covered / all : 0;
}

bool may_stay(const Box& box, const Box& frame, const EmitConstraint& constraint) {
  if (constraint.emit_type == EmitConstraint::MIN_OVERLAP) {
    return coverage(box, frame) > constraint.emit_overlap;
  }
  const float x = (box.xmin + box.xmax) / 2, y = (box.ymin + box.ymax) / 2;
  return x >= frame.xmin && x <= frame.xmax && y >= frame.ymin && y <= frame.ymax;
}

// The size an image is resized to.
struct Size {
  float height, width;
};

Size size_after(const ResizeParameter& param, int64_t height, int64_t width) {
  Size size{static_cast<float>(param.height), static_cast<float>(param.width)};
  if (param.resize_mode == ResizeParameter::FIT_SMALL_SIZE) {
    const float aspect = static_cast<float>(width) / static_cast<float>(height);
    if (aspect < size.width / size.height) {
      size.height = size.width / aspect;
    } else {
      size.width = aspect * size.height;
    }
  }
  return size;
}

// Both ends of a box along one axis after resizing to `size`, of which `padding` is added at each
// end, in parts of it.
void move_ends(float& low, float& high, float size, float padding) {
  const float inside = size - 2 * padding;
  low = (padding + std::max(0.0f, low * inside)) / size;
  high = (padding + std::min(size, high * inside)) / size;
}

Box sampled(const Sampler& sampler, Rng& rng) {
  const float scale = rng.uniform(sampler.min_scale, sampler.max_scale);
  float aspect = rng.uniform(sampler.min_aspect_ratio, sampler.max_aspect_ratio);
  aspect = std::clamp(aspect, scale * scale, 1 / (scale * scale));
  const float width = std::min(scale * std::sqrt(aspect), 1.0f);
  const float height = std::min(scale / std::sqrt(aspect), 1.0f);
  const float x = rng.uniform(0, 1 - width), y = rng.uniform(0, 1 - height);
  return {x, y, x + width, y + height};
}

// Whether one annotation has all that is asked for.
bool satisfies(const Box& frame, const std::vector<Annotated>& annotations,
               const SampleConstraint& wanted) {
  const auto lies = [](float value, bool has_min, float min, bool has_max, float max) {
    return (!has_min || value >= min) && (!has_max || value <= max);
  };
  if (!wanted.has_min_jaccard_overlap() && !wanted.has_max_jaccard_overlap() &&
      !wanted.has_min_sample_coverage() && !wanted.has_max_sample_coverage() &&
      !wanted.has_min_object_coverage() && !wanted.has_max_object_coverage()) {
    return true;
  }
  return std::any_of(annotations.begin(), annotations.end(), [&](const Annotated& one) {
    return lies(overlap(frame, one.box), wanted.has_min_jaccard_overlap(),
                wanted.min_jaccard_overlap, wanted.has_max_jaccard_overlap(),
                wanted.max_jaccard_overlap) &&
           lies(coverage(frame, one.box), wanted.has_min_sample_coverage(),
                wanted.min_sample_coverage, wanted.has_max_sample_coverage(),
                wanted.max_sample_coverage) &&
           lies(coverage(one.box, frame), wanted.has_min_object_coverage(),
                wanted.min_object_coverage, wanted.has_max_object_coverage(),
                wanted.max_object_coverage);
  });
}

}  // namespace

std::vector<Annotated> annotations_of(const AnnotatedDatum& datum) {
  std::vector<Annotated> found;
  for (const AnnotationGroup& group : datum.annotation_group) {
    for (const Annotation& one : group.annotation) {
      const NormalizedBBox& box = *one.bbox;
      found.push_back({group.group_label,
                       one.instance_id,
                       {box.xmin, box.ymin, box.xmax, box.ymax},
                       box.difficult});
    }
  }
  return found;
}

std::optional<Box> projected(const Box& box, const Box& frame) {
  if (box.xmin >= frame.xmax || box.xmax <= frame.xmin || box.ymin >= frame.ymax ||
      box.ymax <= frame.ymin) {
    return std::nullopt;
  }
  const auto part = [](float value, float from, float size) {
    return std::clamp((value - from) / size, 0.0f, 1.0f);
  };
  const Box out{part(box.xmin, frame.xmin, width(frame)), part(box.ymin, frame.ymin, height(frame)),
                part(box.xmax, frame.xmin, width(frame)),
                part(box.ymax, frame.ymin, height(frame))};
  if (!(area(out) > 0)) return std::nullopt;
  return out;
}

std::vector<Annotated> within(const std::vector<Annotated>& annotations, const Box& frame,
                              const EmitConstraint* constraint) {
  std::vector<Annotated> left;
  for (Annotated one : annotations) {
    if (constraint != nullptr && !may_stay(one.box, frame, *constraint)) continue;
    const std::optional<Box> box = projected(one.box, frame);
    if (!box) continue;
    one.box = *box;
    left.push_back(one);
  }
  return left;
}

std::vector<Annotated> resized(std::vector<Annotated> annotations, const ResizeParameter& param,
                               int64_t height, int64_t width) {
  const Size size = size_after(param, height, width);
  float above = 0, before = 0;
  if (param.resize_mode == ResizeParameter::FIT_LARGE_SIZE_AND_PAD) {
    const float aspect = static_cast<float>(width) / static_cast<float>(height);
    if (aspect > size.width / size.height) {
      above = (size.height - size.width / aspect) / 2;
    } else {
      before = (size.width - aspect * size.height) / 2;
    }
  }
  for (Annotated& one : annotations) {
    move_ends(one.box.xmin, one.box.xmax, size.width, before);
    move_ends(one.box.ymin, one.box.ymax, size.height, above);
  }
  return annotations;
}

void rescale(std::vector<Annotated>& annotations, const ResizeParameter& param, int64_t height,
             int64_t width, const Box& frame) {
  if (param.resize_mode != ResizeParameter::FIT_SMALL_SIZE || param.height_scale == 0 ||
      param.width_scale == 0) {
    return;
  }
  const Size size = size_after(param, height, width);
  const float rows = size.height * caffe::height(frame), columns = size.width * caffe::width(frame);
  const float factor_y = rows / static_cast<float>(param.height_scale);
  const float factor_x = columns / static_cast<float>(param.width_scale);
  for (Annotated& one : annotations) {
    one.box = {one.box.xmin * factor_x, one.box.ymin * factor_y, one.box.xmax * factor_x,
               one.box.ymax * factor_y};
  }
}

void check_sampler(const BatchSampler& sampler) {
  const Sampler& param = *sampler.sampler;
  if (!(param.min_scale > 0 && param.min_scale <= param.max_scale && param.max_scale <= 1)) {
    fail(Status::kInvalidArgument, "batch_sampler has min_scale ", param.min_scale,
         " and max_scale ", param.max_scale, ", expected 0 < min_scale <= max_scale <= 1");
  }
  if (!(param.min_aspect_ratio > 0 && param.min_aspect_ratio <= param.max_aspect_ratio &&
        std::isfinite(param.max_aspect_ratio))) {
    fail(Status::kInvalidArgument, "batch_sampler has min_aspect_ratio ", param.min_aspect_ratio,
         " and max_aspect_ratio ", param.max_aspect_ratio,
         ", expected 0 < min_aspect_ratio <= max_aspect_ratio");
  }
}

std::vector<Box> sampled_frames(const std::vector<BatchSampler>& samplers,
                                const std::vector<Annotated>& annotations, Rng& rng) {
  std::vector<Box> frames;
  for (const BatchSampler& sampler : samplers) {
    if (!sampler.use_original_image) continue;
    uint32_t found = 0;
    for (uint32_t trial = 0; trial < sampler.max_trials; ++trial) {
      if (sampler.has_max_sample() && found >= sampler.max_sample) break;
      const Box frame = sampled(*sampler.sampler, rng);
      if (!satisfies(frame, annotations, *sampler.sample_constraint)) continue;
      frames.push_back(frame);
      ++found;
    }
  }
  return frames;
}

}  // namespace caffe
