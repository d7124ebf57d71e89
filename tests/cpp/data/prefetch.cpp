// data/prefetch.hpp: batches in order whoever makes them, errors at the reader, an end at any time.
#include "data/prefetch.hpp"

#include <pthread.h>

#include <atomic>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "support/check.hpp"

namespace caffe {
namespace {

using Numbers = Prefetcher<int64_t>;

// Work that ends after all sorts of times, in another order than it began.
void linger(int64_t number) {
  std::minstd_rand random(static_cast<unsigned>(number) + 1);
  random.discard(3);
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 1500));
}

Numbers::Work put(int64_t number) {
  return [number](int64_t& batch) { batch = number; };
}

int64_t next(Numbers& prefetcher) {
  int64_t number = -1;
  prefetcher.next([&](int64_t batch) { number = batch; });
  return number;
}

TEST(prefetch_gives_batches_in_order) {
  Numbers prefetcher({4, 0}, 10, [](int64_t number, int64_t&) { return put(number); });
  for (int64_t i = 10; i < 500; ++i) CHECK_EQ(next(prefetcher), i);
}

TEST(prefetch_keeps_the_order_of_what_many_threads_make) {
  std::atomic<int64_t> begun{7}, at_once{0}, most{0};
  Numbers prefetcher({6, 6}, 7, [&](int64_t number, int64_t&) -> Numbers::Work {
    CHECK_EQ(number, begun++);  // one after the other, though on several threads
    return [&, number](int64_t& batch) {
      const int64_t now = ++at_once;
      for (int64_t seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      linger(number);
      batch = number;
      --at_once;
    };
  });
  CHECK_EQ(prefetcher.threads(), 6);
  for (int64_t i = 7; i < 400; ++i) CHECK_EQ(next(prefetcher), i);
  CHECK(most.load() > 1);
}

// Work on batch n that goes on only when so many batches have been begun, which takes more threads.
class Demanding {
 public:
  explicit Demanding(std::vector<int64_t> begun_before) : wanted_(std::move(begun_before)) {}

  Numbers::Work operator()(int64_t number, int64_t&) {
    ++begun_;
    begun_.notify_all();
    return [this, number](int64_t& batch) {
      const auto n = static_cast<size_t>(number);
      for (int64_t now; n < wanted_.size() && (now = begun_) < wanted_[n];) begun_.wait(now);
      batch = number;
    };
  }

 private:
  const std::vector<int64_t> wanted_;
  std::atomic<int64_t> begun_{0};
};

TEST(prefetch_begins_with_one_thread_and_adds_one_when_the_reader_waits) {
  const NumThreadsScope scope(3);
  Demanding demanding({0, 3, 5, 5});  // two threads at batch 1; three at 2 and 3, held together
  Numbers prefetcher({8, 0}, 0, std::ref(demanding));
  CHECK_EQ(next(prefetcher), 0);
  CHECK_EQ(prefetcher.threads(), 1);  // the first batch is always waited for
  CHECK_EQ(next(prefetcher), 1);
  CHECK_EQ(prefetcher.threads(), 2);
  CHECK_EQ(next(prefetcher), 2);
  CHECK_EQ(prefetcher.threads(), 3);
  for (int64_t i = 3; i < 100; ++i) CHECK_EQ(next(prefetcher), i);
  CHECK_EQ(prefetcher.threads(), 3);  // as many as compute
}

TEST(prefetch_has_no_more_threads_than_batches_or_than_asked_for) {
  const NumThreadsScope scope(3);
  const auto slowly = [](int64_t number, int64_t&) -> Numbers::Work {
    return [number](int64_t& batch) {
      linger(number);
      batch = number;
    };
  };
  Numbers shallow({2, 0}, 0, slowly), one({8, 1}, 0, slowly), many({2, 9}, 0, slowly);
  for (int64_t i = 0; i < 30; ++i) {
    CHECK(next(shallow) == i && next(one) == i && next(many) == i);
  }
  CHECK(shallow.threads() <= 2);
  CHECK_EQ(one.threads(), 1);
  CHECK_EQ(many.threads(), 2);
}

TEST(prefetch_stays_within_its_depth) {
  for (const int64_t threads : {1, 3}) {
    std::atomic<int64_t> begun{0};
    Numbers prefetcher({3, threads}, 0, [&](int64_t number, int64_t&) {
      ++begun;
      return put(number);
    });
    for (int64_t i = 0; i < 100; ++i) {
      prefetcher.next([&](int64_t batch) {
        CHECK_EQ(batch, i);
        CHECK(begun.load() <= i + 3);  // this one is one of the three
      });
      CHECK(begun.load() <= i + 1 + 3);
    }
  }
}

TEST(prefetch_uses_its_batches_again) {
  std::atomic<int> fresh{0};
  struct Batch {
    bool used = false;
  };
  Prefetcher<Batch> prefetcher({3, 2}, 0, [&](int64_t, Batch& batch) {
    if (!batch.used) ++fresh;
    batch.used = true;
    return nullptr;
  });
  for (int i = 0; i < 50; ++i) prefetcher.next([](const Batch&) {});
  CHECK(fresh.load() <= 3);
}

TEST(prefetch_hands_errors_to_the_reader_after_the_batches_before) {
  for (const int64_t threads : {1, 5}) {
    for (const bool at_once : {true, false}) {
      Numbers prefetcher({8, threads}, 0, [&](int64_t number, int64_t&) -> Numbers::Work {
        if (at_once && number == 3) fail(Status::kIo, "no batch ", number);
        return [number](int64_t& batch) {
          if (number == 3) fail(Status::kIo, "no batch ", number);
          linger(number);
          batch = number;
        };
      });
      for (int64_t i = 0; i < 3; ++i) CHECK_EQ(next(prefetcher), i);
      CHECK_FAILS(Status::kIo, "no batch 3", next(prefetcher));
      CHECK_FAILS(Status::kIo, "no batch 3", next(prefetcher));
    }
  }
}

TEST(prefetch_gives_the_first_of_several_errors) {
  Numbers prefetcher({4, 4}, 0, [](int64_t number, int64_t&) -> Numbers::Work {
    return [number](int64_t&) {
      // The later, the sooner.
      std::this_thread::sleep_for(std::chrono::milliseconds(20 - 5 * number));
      fail(Status::kIo, "no batch ", number);
    };
  });
  CHECK_FAILS(Status::kIo, "no batch 0", next(prefetcher));
}

TEST(prefetch_gives_a_batch_again_that_could_not_be_used) {
  Numbers prefetcher({2, 2}, 0, [](int64_t number, int64_t&) { return put(number); });
  CHECK_FAILS(Status::kState, "no", prefetcher.next([](int64_t) { fail(Status::kState, "no"); }));
  CHECK_EQ(next(prefetcher), 0);
  CHECK_EQ(next(prefetcher), 1);
}

TEST(prefetch_ends_unread_full_failed_and_at_work) {
  const auto make = [](int64_t number, int64_t&) { return put(number); };
  for (int i = 0; i < 50; ++i) {
    Numbers unread({1, 0}, 0, make);
    Numbers read_once({2, 0}, 0, make);
    next(read_once);
    Numbers failed({1, 0}, 0, [](int64_t, int64_t&) -> Numbers::Work { fail(Status::kIo, "no"); });
    Numbers at_work({4, 4}, 0, [](int64_t number, int64_t&) -> Numbers::Work {
      return [number](int64_t&) { linger(number); };
    });
  }
}

TEST(prefetch_counts_what_the_reader_waits) {
  Numbers prefetcher({1, 0}, 0, [](int64_t number, int64_t&) -> Numbers::Work {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return put(number);
  });
  CHECK_EQ(prefetcher.waited(), 0.0);
  // On a busy machine the reader may come so late that a batch is there.
  for (int i = 0; i < 1000 && prefetcher.waited() == 0.0; ++i) next(prefetcher);
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
  const NumThreadsScope threads(3);
  const auto slowly = [](int64_t number, int64_t&) {
    linger(number);
    return put(number);
  };
  {
    const NoThreads scope;
    CHECK_FAILS(Status::kOutOfMemory, "no thread to be had", Numbers({4, 0}, 0, slowly));
  }
  Numbers prefetcher({4, 0}, 5, slowly);
  {
    const NoThreads scope;  // it goes on with the one there is
    for (int64_t i = 5; i < 20; ++i) CHECK_EQ(next(prefetcher), i);
  }
  CHECK_EQ(prefetcher.threads(), 1);
}
#endif

TEST(prefetch_needs_a_depth) {
  CHECK_FAILS(Status::kInvalidArgument, "prefetch is 0",
              Numbers({0, 0}, 0, [](int64_t, int64_t&) { return nullptr; }));
}

}  // namespace
}  // namespace caffe
