#include "layers/pooling/axis_places.hpp"

namespace caffe {

namespace {

// Values that follow each other in equal steps.
struct Run {
  int64_t index, place, count = 1, step = 0;

  bool goes_on_with(int64_t next) {
    if (next < 0) return false;
    if (count == 1) step = next - place;
    return next == place + count * step;
  }
};

std::vector<Run> runs_of(const AxisPlaces& places) {
  std::vector<Run> runs;
  bool open = false;
  for (size_t i = 0; i < places.size(); ++i) {
    if (open && runs.back().goes_on_with(places[i])) {
      ++runs.back().count;
      continue;
    }
    open = places[i] >= 0;
    if (open) runs.push_back({static_cast<int64_t>(i), places[i]});
  }
  return runs;
}

AxisPlaces without_earlier(AxisPlaces places) {
  for (size_t i = 0; i + 1 < places.size(); ++i) {
    if (places[i] == places[i + 1]) places[i] = -1;
  }
  return places;
}

// use(the walk through values and places) for each pair of runs.
template <class Use>
void for_each_walk(const Shape& values, const Shape& top, const AxisPlaces& rows,
                   const AxisPlaces& columns, const Use& use) {
  const std::vector<Run> across = runs_of(columns);
  for (const Run& row : runs_of(rows)) {
    for (const Run& column : across) {
      Strides strides;
      strides.add(values.count(0, 2), values.count(2), top.count(2));
      strides.add(row.count, values[3], row.step * top[3]);
      strides.add(column.count, 1, column.step);
      strides.from_offset = row.index * values[3] + column.index;
      strides.to_offset = row.place * top[3] + column.place;
      use(strides);
    }
  }
}

}  // namespace

void put_to_places(Kernels& kernels, ConstTensor x, const AxisPlaces& rows,
                   const AxisPlaces& columns, Tensor y) {
  kernels.fill(0, y);
  for_each_walk(x.shape(), y.shape(), without_earlier(rows), without_earlier(columns),
                [&](const Strides& strides) { kernels.copy_strided(strides, Into::kPart, x, y); });
}

void take_from_places(Kernels& kernels, ConstTensor y, const AxisPlaces& rows,
                      const AxisPlaces& columns, Tensor x) {
  kernels.fill(0, x);
  for_each_walk(x.shape(), y.shape(), rows, columns, [&](Strides& strides) {
    std::swap(strides.from, strides.to);
    std::swap(strides.from_offset, strides.to_offset);
    kernels.copy_strided(strides, Into::kPart, y, x);
  });
}

}  // namespace caffe
