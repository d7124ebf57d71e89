#include "layers/data/prefetching_layer.hpp"

#include <mutex>
#include <utility>

#include "core/log.hpp"

namespace caffe {

PrefetchingLayer::PrefetchingLayer(const LayerParameter& param, const LayerContext& context)
    : Layer(param, context), damaged_(param.name), prefetcher_([this] {
        const DataParameter& data = *this->param().data_param;
        const auto begin_batch = [this, first = next_pass_](int64_t i, Batch& batch) {
          batch.tops.resize(this->param().top.size());
          batch.damaged.clear();
          return [this, work = begin(first + i * stride_, batch)](Batch& made) {
            if (work) work(made);
            upload(made);
          };
        };
        return std::make_unique<Prefetcher<Batch>>(PrefetchSettings{data.prefetch, data.threads}, 0,
                                                   begin_batch);
      }) {
  const DataParameter& data = *param.data_param;
  if (data.prefetch == 0) {
    fail(Status::kInvalidArgument, "data_param.prefetch is 0, expected at least 1");
  }
  if (data.threads > data.prefetch) {
    CAFFE_LOG(kWarning, "layer ", quoted(param.name), ": data_param.threads is ", data.threads,
              ", but no more than ", data.prefetch, " batches are made at a time: data_param.",
              "prefetch says so");
  }
}

// To the net's device, while the net computes there with the batches before: whoever uses the batch
// waits for it.
void PrefetchingLayer::upload(Batch& batch) {
  const Device& device = kernels().device();
  if (device.is_host()) return;
  const std::lock_guard<Mutex> lock(uploading_);
  if (uploads_ == nullptr) uploads_ = Queue::make(kernels().device());
  for (Blob& top : batch.tops) top.data().read(device.place(), uploads_);
  uploads_->end_command();
}

// Batches for another device are made anew.
bool PrefetchingLayer::forget_operations() {
  end_threads();
  uploads_ = nullptr;
  return false;
}

void PrefetchingLayer::forward(const BlobPointers&, const BlobPointers& top) {
  std::vector<ImageDamage> damaged;
  try {
    prefetcher_->next([&](Batch& batch) {
      for (size_t i = 0; i < top.size(); ++i) {
        top[i]->reshape(batch.tops[i].shape());
        batch.tops[i].data().hand_over(top[i]->data());
      }
      damaged.swap(batch.damaged);
    });
    next_pass_ += stride_;
  } catch (...) {
    end_threads();
    throw;
  }
  for (const ImageDamage& one : damaged) damaged_.add(one);
}

void PrefetchingLayer::seek(int64_t pass, int64_t stride) {
  if (pass == next_pass_ && stride == stride_) return;
  end_threads();
  next_pass_ = pass;
  stride_ = stride;
}

std::function<void()> PrefetchingLayer::remember_pass() {
  return [this, pass = next_pass_, stride = stride_] { seek(pass, stride); };
}

double PrefetchingLayer::wait_seconds() const {
  const Prefetcher<Batch>* prefetcher = prefetcher_.made();
  return waited_before_ + (prefetcher != nullptr ? prefetcher->waited() : 0);
}

void PrefetchingLayer::end_threads() {
  waited_before_ = wait_seconds();
  prefetcher_.reset();
}

Shape batch_of(int64_t items, const Shape& item) {
  std::vector<int64_t> dims = item.dims();
  dims.insert(dims.begin(), items);
  return Shape(dims);
}

bool Items::take(const Shape& item) {
  if (next_ != nullptr) return item == item_;
  item_ = item;
  top_.reshape(batch_of(count_, item));
  next_ = top_.data().write();
  return true;
}

float* Items::next() {
  return std::exchange(next_, next_ + item_.count());
}

}  // namespace caffe
