// Pooling of boxes.
//
// ROIPooling: the scaled coordinates are rounded, halves away from zero; both corners belong to the
// box, whose sides are at least 1. Bins begin and end at places, so neighbours may share some.
//
// PSROIPooling: the coordinates are rounded, the end plus 1, and then scaled; a box's sides are at
// least 0.1. Bins reach from the place below their begin to that above their end.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

using Bins = std::vector<std::pair<int64_t, int64_t>>;

int64_t rounded(float value) {
  return static_cast<int64_t>(std::clamp(std::round(value), -1e9f, 1e9f));
}

// A box's bins along one axis of the image.
struct Side {
  int64_t first, last;  // of the rounded box, whatever their order
  Bins bins;

  Side(float begin, float end, float scale, int64_t pooled, int64_t size)
      : first(rounded(begin * scale)), last(rounded(end * scale)) {
    const auto extent = static_cast<float>(std::max<int64_t>(last - first + 1, 1));
    const float step = extent / static_cast<float>(pooled);
    for (int64_t i = 0; i < pooled; ++i) {
      const auto from = static_cast<int64_t>(std::floor(static_cast<float>(i) * step));
      const auto to = static_cast<int64_t>(std::ceil(static_cast<float>(i + 1) * step));
      bins.emplace_back(std::clamp<int64_t>(from + first, 0, size),
                        std::clamp<int64_t>(to + first, 0, size));
    }
  }

  bool contains(int64_t place) const { return place >= first && place <= last; }
};

struct Box {
  int64_t image;
  Side rows, columns;

  Box(const float* roi, const caffe_roi_spec& spec)
      : image(static_cast<int64_t>(roi[0])),
        rows(roi[2], roi[4], spec.scale, spec.bins_h, spec.height),
        columns(roi[1], roi[3], spec.scale, spec.bins_w, spec.width) {}
};

// body(where the maximum of the bin lies in the image, -1 when the bin is empty), bin by bin.
template <class Body>
void for_each_maximum(const Box& box, const float* image, int64_t width, const Body& body) {
  for (const auto& [top, bottom] : box.rows.bins) {
    for (const auto& [left, right] : box.columns.bins) {
      int64_t best = top < bottom && left < right ? top * width + left : -1;
      for (int64_t h = top; h < bottom; ++h) {
        for (int64_t at = h * width + left; at < h * width + right; ++at) {
          if (image[at] > image[best]) best = at;
        }
      }
      body(best);
    }
  }
}

Bins position_sensitive_bins(float begin, float end, float scale, int64_t count, int64_t size) {
  const float first = std::clamp(std::round(begin) * scale, -1e9f, 1e9f);
  const float last = std::clamp((std::round(end) + 1) * scale, -1e9f, 1e9f);
  const float step = std::max(last - first, 0.1f) / static_cast<float>(count);
  Bins all;
  const auto most = static_cast<float>(size);
  for (int64_t i = 0; i < count; ++i) {
    const float from = std::floor(static_cast<float>(i) * step + first);
    const float to = std::ceil(static_cast<float>(i + 1) * step + first);
    all.emplace_back(static_cast<int64_t>(std::clamp(from, 0.0f, most)),
                     static_cast<int64_t>(std::clamp(to, 0.0f, most)));
  }
  return all;
}

struct Bin {
  int64_t top, bottom, left, right;

  double share() const {
    const int64_t places = (bottom - top) * (right - left);
    return top < bottom && left < right ? 1 / static_cast<double>(places) : 0;
  }
};

// body(where the bin's plane begins in the bottom, the bin, where it is in the top). A channel is a
// thread's own.
template <class Body>
void for_each_bin(const float* rois, const caffe_roi_spec& spec, const Body& body) {
  struct Sides {
    int64_t image;
    Bins rows, columns;
  };
  std::vector<Sides> boxes;
  for (const float* roi = rois; roi < rois + spec.boxes * 5; roi += 5) {
    boxes.push_back({static_cast<int64_t>(roi[0]),
                     position_sensitive_bins(roi[2], roi[4], spec.scale, spec.bins_h, spec.height),
                     position_sensitive_bins(roi[1], roi[3], spec.scale, spec.bins_w, spec.width)});
  }
  const int64_t channels = spec.channels, plane = spec.height * spec.width;
  parallel_for(channels, grain_of(spec.boxes * plane), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const auto row = static_cast<size_t>(c / spec.bins_w % spec.bins_h);
      const auto column = static_cast<size_t>(c % spec.bins_w);
      for (size_t i = 0; i < boxes.size(); ++i) {
        const Sides& box = boxes[i];
        const Bin bin{box.rows[row].first, box.rows[row].second, box.columns[column].first,
                      box.columns[column].second};
        body((box.image * channels + c) * plane, bin, static_cast<int64_t>(i) * channels + c);
      }
    }
  });
}

}  // namespace

void roi_pooling(const float* x, const float* rois, caffe_roi_spec spec, float* y, float* index) {
  std::vector<Box> boxes;
  for (int64_t i = 0; i < spec.boxes; ++i) boxes.emplace_back(rois + i * 5, spec);
  const int64_t channels = spec.channels, width = spec.width, plane = spec.height * width;
  const int64_t bins = spec.bins_h * spec.bins_w;
  parallel_for(spec.boxes * channels, grain_of(plane), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Box& box = boxes[static_cast<size_t>(i / channels)];
      const float* image = x + (box.image * channels + i % channels) * plane;
      int64_t to = i * bins;
      for_each_maximum(box, image, width, [&](int64_t at) {
        const bool inside =
            at >= 0 && box.rows.contains(at / width) && box.columns.contains(at % width);
        if (index != nullptr) index[to] = static_cast<float>(inside ? at : -1);
        y[to++] = at < 0 ? 0 : image[at];
      });
    }
  });
}

// Boxes may meet: a thread has channels of its own.
void roi_pooling_backward(const float* dy, const float* rois, const float* index,
                          caffe_roi_spec spec, float* dx) {
  const int64_t channels = spec.channels, plane = spec.height * spec.width;
  const int64_t bins = spec.bins_h * spec.bins_w;
  parallel_for(channels, grain_of(spec.boxes * bins + spec.images * plane),
               [&](int64_t begin, int64_t end) {
                 for (int64_t n = 0; n < spec.images; ++n) {
                   std::fill_n(dx + (n * channels + begin) * plane, (end - begin) * plane, 0.0f);
                 }
                 for (int64_t c = begin; c < end; ++c) {
                   for (int64_t i = 0; i < spec.boxes; ++i) {
                     const auto image = static_cast<int64_t>(rois[i * 5]);
                     float* to = dx + (image * channels + c) * plane;
                     const int64_t first = (i * channels + c) * bins;
                     for (int64_t k = first; k < first + bins; ++k) {
                       if (index[k] >= 0) to[static_cast<int64_t>(index[k])] += dy[k];
                     }
                   }
                 }
               });
}

void psroi_pooling(const float* x, const float* rois, caffe_roi_spec spec, float* y) {
  for_each_bin(rois, spec, [&](int64_t start, const Bin& bin, int64_t at) {
    double sum = 0;
    for (int64_t h = bin.top; h < bin.bottom; ++h) {
      for (int64_t w = bin.left; w < bin.right; ++w) sum += x[start + h * spec.width + w];
    }
    y[at] = static_cast<float>(sum * bin.share());
  });
}

void psroi_pooling_backward(const float* dy, const float* rois, caffe_roi_spec spec, float* dx) {
  std::fill_n(dx, spec.images * spec.channels * spec.height * spec.width, 0.0f);
  for_each_bin(rois, spec, [&](int64_t start, const Bin& bin, int64_t at) {
    const auto share = static_cast<float>(dy[at] * bin.share());
    for (int64_t h = bin.top; h < bin.bottom; ++h) {
      for (int64_t w = bin.left; w < bin.right; ++w) dx[start + h * spec.width + w] += share;
    }
  });
}

}  // namespace caffe::reference
