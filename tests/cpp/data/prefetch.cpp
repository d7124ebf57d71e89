// data/prefetch.hpp: batches in order, errors at the reader, an end at any time.
#include "data/prefetch.hpp"

#include <pthread.h>

#include <atomic>

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(prefetch_gives_batches_in_order) {
  Prefetcher<int64_t> prefetcher(4, 10, [](int64_t index, int64_t& batch) { batch = index; });
  for (int64_t i = 10; i < 500; ++i) CHECK_EQ(prefetcher.next(), i);
}

TEST(prefetch_stays_within_its_depth) {
  std::atomic<int64_t> made{0};
  Prefetcher<int64_t> prefetcher(3, 0, [&](int64_t index, int64_t& batch) {
    batch = index;
    ++made;
  });
  for (int64_t i = 0; i < 100; ++i) {
    CHECK_EQ(prefetcher.next(), i);
    CHECK(made.load() <= i + 1 + 3);
  }
}

TEST(prefetch_uses_its_batches_again) {
  std::atomic<int> fresh{0};
  struct Batch {
    bool used = false;
  };
  Prefetcher<Batch> prefetcher(2, 0, [&](int64_t, Batch& batch) {
    if (!batch.used) ++fresh;
    batch.used = true;
  });
  for (int i = 0; i < 50; ++i) prefetcher.next();
  CHECK(fresh.load() <= 3);
}

TEST(prefetch_hands_errors_to_the_reader_after_the_batches_before) {
  Prefetcher<int64_t> prefetcher(8, 0, [](int64_t index, int64_t& batch) {
    if (index == 3) fail(Status::kIo, "no batch ", index);
    batch = index;
  });
  for (int64_t i = 0; i < 3; ++i) CHECK_EQ(prefetcher.next(), i);
  CHECK_FAILS(Status::kIo, "no batch 3", prefetcher.next());
  CHECK_FAILS(Status::kIo, "no batch 3", prefetcher.next());
}

TEST(prefetch_ends_unread_full_and_failed) {
  const auto make = [](int64_t index, int64_t& batch) { batch = index; };
  for (int i = 0; i < 50; ++i) {
    Prefetcher<int64_t> unread(1, 0, make);
    Prefetcher<int64_t> read_once(2, 0, make);
    read_once.next();
    Prefetcher<int64_t> failed(1, 0, [](int64_t, int64_t&) { fail(Status::kIo, "no"); });
  }
}

TEST(prefetch_counts_what_the_reader_waits) {
  Prefetcher<int64_t> prefetcher(1, 0, [](int64_t index, int64_t& batch) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    batch = index;
  });
  CHECK_EQ(prefetcher.waited(), 0.0);
  prefetcher.next();
  CHECK(prefetcher.waited() > 0.0);
}

#ifdef __GLIBC__
TEST(prefetch_says_when_there_is_no_thread_for_it) {
  struct NoThreads {
    NoThreads() {
      pthread_getattr_default_np(&before);
      pthread_attr_t attributes;
      pthread_attr_init(&attributes);
      pthread_attr_setstacksize(&attributes, size_t{1} << 60);  // a stack that no machine has
      pthread_setattr_default_np(&attributes);
    }
    ~NoThreads() { pthread_setattr_default_np(&before); }
    pthread_attr_t before;
  };
  const auto make = [](int64_t index, int64_t& batch) { batch = index; };
  {
    const NoThreads scope;
    CHECK_FAILS(Status::kOutOfMemory, "no thread to be had", Prefetcher<int64_t>(1, 0, make));
  }
  CHECK_EQ(Prefetcher<int64_t>(1, 5, make).next(), 5);
}
#endif

TEST(prefetch_needs_a_depth) {
  CHECK_FAILS(Status::kInvalidArgument, "prefetch is 0",
              Prefetcher<int>(0, 0, [](int64_t, int&) {}));
}

}  // namespace
}  // namespace caffe
