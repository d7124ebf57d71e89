// Interp: each channel's image resized bilinearly, its corners staying where they are: place p of n
// shows the bottom's place p (m - 1) / (n - 1) of m, and its first one when n is 1.
//
//   shrink_factor  1; n = (m - 1) / shrink_factor + 1, rounded down
//   zoom_factor    1; n = (m - 1) zoom_factor + 1
//   height         0; n, for the rows
//   width          0; n, for the columns
//   pad_beg        0; at most 0: so many rows and columns of the bottom are taken off before them
//   pad_end        0; at most 0: and so many behind them
//
// m is what pad_beg and pad_end leave of the bottom. When shrink_factor or zoom_factor alone is
// given, it counts; else height and width, when both are; else both factors, shrink_factor first.
// Bottom: N x C x H x W. Top: N x C x n x n. Not in place.
//
// Fork: hszhao/PSPNet, DeepLab v2 (the same code).
//
//   layer { name: "interp" type: "Interp" bottom: "conv6" top: "interp"
//           interp_param { zoom_factor: 8 } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

// Which two places of the bottom a place of the top lies between, and how much of each it shows.
struct Between {
  int64_t first, second;
  float first_weight, second_weight;
};

// The `from` places behind the first `cut` ones of the bottom.
std::vector<Between> spread(int64_t cut, int64_t from, int64_t to) {
  const double step = to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
  std::vector<Between> all;
  for (int64_t i = 0; i < to; ++i) {
    const double place = step * static_cast<double>(i);
    const int64_t first = std::min(static_cast<int64_t>(place), from - 1);
    const auto weight = static_cast<float>(place - static_cast<double>(first));
    all.push_back({cut + first, cut + std::min(first + 1, from - 1), 1 - weight, weight});
  }
  return all;
}

class InterpLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const InterpParameter& wanted = *param().interp_param;
    if (wanted.pad_beg > 0 || wanted.pad_end > 0) {
      fail(Status::kInvalidArgument, "interp_param.pad_beg: ", wanted.pad_beg,
           " and pad_end: ", wanted.pad_end, " must be at most 0; they take rows and columns off");
    }
    const bool sized = wanted.has_height() && wanted.has_width();
    if (!wanted.has_shrink_factor() && !wanted.has_zoom_factor() && !sized) {
      fail(Status::kInvalidArgument,
           "interp_param must give shrink_factor, zoom_factor, or height and width");
    }
    if (wanted.shrink_factor < 1 || wanted.zoom_factor < 1 ||
        (sized && (wanted.height < 1 || wanted.width < 1))) {
      fail(Status::kInvalidArgument, "interp_param: factors and sizes must be at least 1");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const InterpParameter& wanted = *param().interp_param;
    const int64_t height = shape[2] + wanted.pad_beg + wanted.pad_end;
    const int64_t width = shape[3] + wanted.pad_beg + wanted.pad_end;
    if (height < 1 || width < 1) {
      fail(Status::kShape, "nothing is left of ", bottom_name(0), ", whose shape is ", shape,
           ", when ", -int64_t{wanted.pad_beg}, " and ", -int64_t{wanted.pad_end},
           " rows and columns are taken off");
    }
    top[0]->reshape(
        {shape[0], shape[1], resized(height, wanted.height), resized(width, wanted.width)});
    if (shape == bottom_) return;
    bottom_ = shape;
    rows_.clear();
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    prepare(top[0]->shape());
    const Place place = bottom[0]->data().host_place();
    const Images in(bottom[0]->shape(), place), out(top[0]->shape(), place);
    const float* values = bottom[0]->data().read(place);
    float* result = top[0]->data().write(place);
    const auto height = static_cast<int64_t>(rows_.size());
    parallel_for(out.count * height, grain_of(out.row), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Between& row = rows_[static_cast<size_t>(i % height)];
        const float* image = values + i / height * in.size;
        const float *above = image + row.first * in.row, *below = image + row.second * in.row;
        float* to = result + i * out.row;
        for (const Between& column : columns_) {
          const float a = row.first_weight * column.first_weight;
          const float b = row.first_weight * column.second_weight;
          const float c = row.second_weight * column.first_weight;
          const float d = row.second_weight * column.second_weight;
          const int64_t left = column.first * in.pixel, right = column.second * in.pixel;
          for (int64_t k = 0; k < in.pixel; ++k) {
            *to++ = a * above[left + k] + b * above[right + k] + c * below[left + k] +
                    d * below[right + k];
          }
        }
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    prepare(top[0]->shape());
    const Place place = top[0]->diff().host_place();
    const Images in(bottom[0]->shape(), place), out(top[0]->shape(), place);
    const float* gradient = top[0]->diff().read(place);
    float* result = bottom[0]->diff().write(place);
    parallel_for(in.count, grain_of(in.size + out.size), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* image = result + i * in.size;
        std::fill_n(image, in.size, 0.0f);
        const float* from = gradient + i * out.size;
        for (const Between& row : rows_) {
          float *above = image + row.first * in.row, *below = image + row.second * in.row;
          for (const Between& column : columns_) {
            const int64_t left = column.first * in.pixel, right = column.second * in.pixel;
            for (int64_t k = 0; k < in.pixel; ++k) {
              const float upper = *from * row.first_weight, lower = *from++ * row.second_weight;
              above[left + k] += upper * column.first_weight;
              above[right + k] += upper * column.second_weight;
              below[left + k] += lower * column.first_weight;
              below[right + k] += lower * column.second_weight;
            }
          }
        }
      }
    });
  }

 private:
  // Values as images of rows of pixels: one of each channel, or one of all channels when they are
  // innermost.
  struct Images {
    int64_t count, pixel, row, size;

    Images(const Shape& shape, Place place)
        : count(order_at(place, shape, 2).outer),
          pixel(order_at(place, shape, 3).inner),
          row(shape[3] * pixel),
          size(shape[2] * row) {}
  };

  int64_t resized(int64_t size, int64_t given) const {
    const InterpParameter& wanted = *param().interp_param;
    const bool one = wanted.has_shrink_factor() != wanted.has_zoom_factor();
    if (!one && wanted.has_height() && wanted.has_width()) return given;
    const int64_t shrunk = (size - 1) / wanted.shrink_factor + 1;
    return checked_add(checked_mul(shrunk - 1, wanted.zoom_factor), 1);
  }

  // Not before it is needed: whoever only asks for shapes may ask for any.
  void prepare(const Shape& top) {
    if (!rows_.empty()) return;
    const InterpParameter& wanted = *param().interp_param;
    const int64_t off = int64_t{wanted.pad_beg} + wanted.pad_end;
    rows_ = spread(-int64_t{wanted.pad_beg}, bottom_[2] + off, top[2]);
    columns_ = spread(-int64_t{wanted.pad_beg}, bottom_[3] + off, top[3]);
  }

  Shape bottom_;
  std::vector<Between> rows_, columns_;
};

const LayerRegistration<InterpLayer> registration("Interp");

}  // namespace
}  // namespace caffe
