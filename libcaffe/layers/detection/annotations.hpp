// The boxes that are drawn on an image, and what becomes of them when the image is cut, grown,
// resized or mirrored. They are in parts of the image's sides.
#pragma once

#include <optional>
#include <vector>

#include "core/rng.hpp"
#include "layers/detection/boxes.hpp"
#include "schema/messages.hpp"

namespace caffe {

struct Annotated {
  int32_t label = 0;
  int32_t instance = 0;
  Box box;
  bool difficult = false;
};

// All boxes of a record, group by group.
std::vector<Annotated> annotations_of(const AnnotatedDatum& datum);

// `box` in parts of the sides of `frame`, cut where it leaves it; none when nothing is left.
std::optional<Box> projected(const Box& box, const Box& frame);

// The annotations within `frame`, in parts of its sides; `constraint`, if any, says which may stay.
std::vector<Annotated> within(const std::vector<Annotated>& annotations, const Box& frame,
                              const EmitConstraint* constraint);

// The annotations of an image of height x width that is resized.
std::vector<Annotated> resized(std::vector<Annotated> annotations, const ResizeParameter& param,
                               int64_t height, int64_t width);

// FIT_SMALL_SIZE with height_scale and width_scale: parts of that size, not of the image, unless a
// piece was cut out.
void rescale(std::vector<Annotated>& annotations, const ResizeParameter& param, int64_t height,
             int64_t width, const Box& frame);

// Fails on samplers that make no sense.
void check_sampler(const BatchSampler& sampler);

// Parts of the image, in parts of its sides, that satisfy what the samplers ask of their overlap
// with the annotations; none when no trial did.
std::vector<Box> sampled_frames(const std::vector<BatchSampler>& samplers,
                                const std::vector<Annotated>& annotations, Rng& rng);

}  // namespace caffe
