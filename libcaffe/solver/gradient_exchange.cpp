#include "solver/gradient_exchange.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "core/allocator.hpp"
#include "core/checked.hpp"
#include "core/divide_up.hpp"

namespace caffe {

namespace {

constexpr int64_t kLine = 16;  // floats: every gradient begins at a cache line

// The arena begins with what is told of the iteration.
enum : int64_t { kLoss = 0, kStop = 1, kHeader = kLine };

int64_t to_line(int64_t count) {
  return checked_mul(divide_up(count, kLine), kLine);
}

}  // namespace

GradientExchange::GradientExchange(Net& net, std::shared_ptr<Reducer> reducer)
    : net_(net), reducer_(std::move(reducer)) {
  find_pieces(net);
  const int64_t count = pieces_.empty() ? kHeader : pieces_.back().end;
  arena_ = allocate_zeros(count);
  for (const Piece& piece : pieces_) {
    for (const Slot& slot : piece.slots) {
      float* values = arena_.get() + slot.offset;
      const float* before = slot.blob->diff().read();
      std::copy(before, before + slot.blob->count(), values);
      slot.blob->diff_storage()->adopt(values, slot.blob->count(), arena_);
    }
  }
  net_.set_backward_observer([this](size_t layer) { after_backward(layer); });
}

GradientExchange::~GradientExchange() {
  net_.set_backward_observer({});
}

void GradientExchange::find_pieces(const Net& net) {
  std::vector<const Net::Learnable*> order;
  for (const Net::Learnable& each : net.learnable()) {
    if (each.ready_after) order.push_back(&each);
  }
  std::ranges::stable_sort(order, std::greater<>{},
                           [](const Net::Learnable* each) { return *each->ready_after; });
  int64_t offset = kHeader;
  for (const Net::Learnable* each : order) {
    if (pieces_.empty() || pieces_.back().layer != *each->ready_after) {
      pieces_.push_back({*each->ready_after, offset, offset, {}});
    }
    pieces_.back().slots.push_back({each->blob, offset});
    offset = to_line(checked_add(offset, each->blob->count()));
    pieces_.back().end = offset;
  }
}

void GradientExchange::begin(const Iteration& mine) {
  arena_.get()[kLoss] = mine.loss;
  arena_.get()[kStop] = mine.stop ? 1 : 0;
  exchanges_ = true;
  next_ = 0;
  reducer_->ready({arena_.get(), static_cast<size_t>(kHeader)});
}

void GradientExchange::after_backward(size_t layer) {
  if (!exchanges_) return;
  if (next_ < pieces_.size() && pieces_[next_].layer == layer) give(pieces_[next_++]);
  // Here, not behind the pass: at its end the net looks at gradients, for its log and for whoever
  // has pinned them.
  if (layer == 0) take();
}

// A gradient lies in the arena in the plain order, unless somebody pinned it before it moved there,
// or it was written in another order.
void GradientExchange::give(const Piece& piece) {
  for (const Slot& slot : piece.slots) {
    float* values = arena_.get() + slot.offset;
    const float* now = slot.blob->diff().update();
    if (now != values) std::copy(now, now + slot.blob->count(), values);
  }
  reducer_->ready({arena_.get() + piece.begin, static_cast<size_t>(piece.end - piece.begin)});
}

void GradientExchange::take() {
  exchanges_ = false;
  reducer_->finish();
  for (const Piece& piece : pieces_) {
    for (const Slot& slot : piece.slots) {
      const float* sums = arena_.get() + slot.offset;
      float* now = slot.blob->diff().update();
      if (now != sums) std::copy(sums, sums + slot.blob->count(), now);
    }
  }
}

GradientExchange::Iteration GradientExchange::end() const {
  const float* sums = arena_.get();
  return {sums[kLoss] / static_cast<float>(world()), sums[kStop] > 0};
}

}  // namespace caffe
