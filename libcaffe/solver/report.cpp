#include "solver/report.hpp"

#include <algorithm>
#include <cmath>

#include "solver/log.hpp"

namespace caffe {

std::string share_of_loss(const Net& net, size_t blob, double value) {
  const float weight = net.blob_loss_weight(blob);
  if (weight == 0) return "";
  return str(" (* ", weight, " = ", static_cast<float>(weight * value), " loss)");
}

void OutputMeans::add(float loss) {
  ++batches_;
  loss_ += loss;
  for (size_t i = 0; i < sums_.size(); ++i) {
    const Blob& blob = *net_.blobs()[net_.output_ids()[i]];
    const float* values = blob.data().read();
    const auto count = static_cast<size_t>(blob.count());
    // An output may have more values in one batch than in another.
    sums_[i].resize(std::max(sums_[i].size(), count));
    for (size_t j = 0; j < count; ++j) sums_[i][j] += values[j];
  }
}

std::vector<OutputMeans::Mean> OutputMeans::values() const {
  std::vector<Mean> means;
  for (size_t i = 0; i < sums_.size(); ++i) {
    for (const double sum : sums_[i]) {
      means.push_back({net_.output_ids()[i], sum / static_cast<double>(batches_)});
    }
  }
  return means;
}

void Display::begin(int64_t iter) {
  shown_at_ = std::chrono::steady_clock::now();
  shown_iter_ = iter - 1;
  shown_wait_.reset();
}

void Display::show(const Net& net, int64_t iter, float loss) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - shown_at_).count();
  const int64_t passes = iter - shown_iter_;
  SOLVER_LOG(kInfo, "Iteration ", iter, " (", static_cast<float>(passes / seconds), " iter/s, ",
             static_cast<float>(seconds), "s/", passes, " iters), loss = ", loss);
  shown_at_ = now;
  shown_iter_ = iter;
  show_wait(net, seconds);
  size_t number = 0;
  for_each_output(net, [&](size_t blob, float value) {
    SOLVER_LOG(kInfo, "    Train net output #", number++, ": ", net.blob_names()[blob], " = ",
               value, share_of_loss(net, blob, value));
  });
}

// The share of the seconds since the last display in which training stood still for its data. The
// first time it says nothing: the first batches are always waited for.
void Display::show_wait(const Net& net, double seconds) {
  constexpr double kNotable = 0.05;
  double waited = 0;
  for (size_t i = 0; i < net.layer_count(); ++i) waited += net.layer(i).wait_seconds();
  const double share = std::min(1.0, (waited - shown_wait_.value_or(waited)) / seconds);
  shown_wait_ = waited;
  if (share < kNotable) return;
  SOLVER_LOG(kInfo, "    Waited for data: ", std::lround(100 * share), "% of the time");
}

}  // namespace caffe
