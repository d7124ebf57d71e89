#include "layers/detection/yolo.hpp"

#include "core/checked.hpp"
#include "layers/detection/suppression.hpp"

namespace caffe {

void check_yolo_map(const Blob& map, const std::string& name, int64_t boxes, int64_t classes) {
  const int64_t channels = checked_mul(boxes, 5 + classes);
  if (map.axes() == 4 && map.dim(1) == channels) return;
  fail(Status::kShape, name, " has the shape ", map.shape(), "; N x ", channels,
       " x H x W is wanted");
}

void write_yolo_rows(const std::vector<YoloDetection>& found, float threshold, int64_t images,
                     Blob& top) {
  std::vector<Candidate> order;
  for (size_t i = 0; i < found.size(); ++i) {
    order.push_back({found[i].score, static_cast<int64_t>(i)});
  }
  sort_best(order, -1);
  // By the threshold or more is by more than the number before it.
  Suppression suppression(std::nextafter(threshold, -INFINITY));
  suppression.reset(order.size());
  std::erase_if(order, [&](const Candidate& each) {
    return !suppression.keep(found[static_cast<size_t>(each.index)].box);
  });
  top.reshape({1, 1, order.empty() ? images : static_cast<int64_t>(order.size()), 7});
  float* out = top.data().write();
  for (int64_t image = 0; order.empty() && image < images; ++image) {
    *out++ = static_cast<float>(image);
    out = std::fill_n(out, 6, -1.0f);
  }
  for (const Candidate& each : order) {
    const YoloDetection& kept = found[static_cast<size_t>(each.index)];
    const float row[] = {0,
                         static_cast<float>(kept.label + 1),
                         kept.score,
                         kept.box.xmin,
                         kept.box.ymin,
                         kept.box.xmax,
                         kept.box.ymax};
    out = std::copy_n(row, 7, out);
  }
}

}  // namespace caffe
