// layers/data/prefetching_layer.hpp: batches that go into the tops, in order, whoever makes them.
#include "layers/data/prefetching_layer.hpp"

#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <thread>

#include "schema/files.hpp"
#include "support/check.hpp"
#include "support/logged.hpp"

namespace caffe {
namespace {

// Batch n is 3 x 4 values n, or for every fifth n 2 x 4, and a label -n. Making it takes its time.
class Counting : public PrefetchingLayer {
 public:
  using PrefetchingLayer::PrefetchingLayer;
  ~Counting() override { gone_ = true; }

  Arity arity() const override { return Arity::exact(0, 2); }

  std::atomic<int64_t> fails_at{-1};
  std::atomic<bool> damaged{false};

 protected:
  Work begin(int64_t number, Batch&) override {
    return [this, number](Batch& batch) {
      CHECK(!gone_);
      std::minstd_rand random(static_cast<unsigned>(number) + 1);
      random.discard(3);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
      if (number == fails_at) fail(Status::kIo, "no batch ", number);
      if (damaged) batch.damaged.push_back({str("image ", number), "is cut off"});
      const int64_t rows = number % 5 == 4 ? 2 : 3;
      Items values(batch.tops[0], rows), labels(batch.tops[1], 1);
      for (int64_t i = 0; i < rows; ++i) {
        values.take({4});
        std::fill_n(values.next(), 4, static_cast<float>(number));
      }
      labels.take({});
      *labels.next() = -static_cast<float>(number);
    };
  }

 private:
  std::atomic<bool> gone_{false};
};

struct Run {
  explicit Run(const std::string& data_param) {
    const LayerParameter param =
        read_net_text("layer { name: 'd' type: 'Data' top: 'x' top: 'y' data_param { " +
                      data_param + " } }")
            .layer.at(0);
    LayerContext context;
    context.kernels = &reference_kernels();
    layer = std::make_unique<EndsThreadsInTime<Counting>>(param, context);
  }

  void forward() { layer->forward({}, {&x, &y}); }

  // Forwards, and sees that it was batch `number`.
  void expect(int64_t number) {
    forward();
    CHECK_EQ(x.shape(), Shape({number % 5 == 4 ? 2 : 3, 4}));
    CHECK_EQ(y.shape(), Shape({1}));
    const float* values = x.data().read();
    for (int64_t i = 0; i < x.count(); ++i) CHECK_EQ(values[i], static_cast<float>(number));
    CHECK_EQ(y.data().read()[0], -static_cast<float>(number));
  }

  Blob x, y;
  std::unique_ptr<EndsThreadsInTime<Counting>> layer;
};

TEST(prefetching_layer_keeps_the_order_of_many_threads) {
  for (const char* threads : {"", "threads: 1", "prefetch: 8 threads: 8"}) {
    Run run(threads);
    for (int64_t i = 0; i < 200; ++i) run.expect(i);
    CHECK(run.layer->wait_seconds() > 0);
  }
}

TEST(prefetching_layer_seeks_in_the_middle) {
  Run run("threads: 4");
  for (const int64_t pass : {0, 17, 3, 3, 4, 100}) {
    run.layer->seek(pass, 1);
    for (int64_t i = pass; i < pass + 3; ++i) run.expect(i);
  }
  const double waited = run.layer->wait_seconds();
  run.layer->seek(0, 1);  // what was waited stays
  CHECK_EQ(run.layer->wait_seconds(), waited);
}

TEST(prefetching_layer_leaves_out_the_passes_of_other_nets) {
  Run run("threads: 4");
  for (const int64_t stride : {3, 2, 1}) {
    for (const int64_t first : {1, 7}) {
      run.layer->seek(first, stride);
      for (int64_t i = 0; i < 5; ++i) run.expect(first + i * stride);
    }
  }
}

TEST(prefetching_layer_fails_at_the_batch_that_could_not_be_made) {
  Run run("threads: 4");
  run.layer->fails_at = 7;
  for (int64_t i = 0; i < 7; ++i) run.expect(i);
  for (int again = 0; again < 3; ++again) {
    CHECK_FAILS(Status::kIo, "no batch 7", run.forward());
  }
  run.layer->fails_at = -1;
  for (int64_t i = 7; i < 20; ++i) run.expect(i);
}

TEST(prefetching_layer_is_destroyed_in_the_middle) {
  for (int i = 0; i < 50; ++i) {
    Run run("prefetch: 5 threads: 5");
    if (i % 2 == 0) run.expect(0);
  }
}

TEST(prefetching_layer_hands_its_memory_over_and_takes_it_back) {
  Run run("prefetch: 3 threads: 2");
  std::set<const float*> places;
  for (int64_t i = 0; i < 60; ++i) {
    run.expect(i);
    places.insert(run.x.data().read());
  }
  CHECK(places.size() > 1);   // no copy
  CHECK(places.size() <= 4);  // nor new memory
}

TEST(prefetching_layer_leaves_pinned_memory_where_it_is) {
  Run run("prefetch: 3");
  run.expect(0);
  const Shape shape = run.x.shape();
  const std::shared_ptr<float> held = run.x.data_storage()->pin(shape);
  for (int64_t i = 1; i < 10; ++i) {
    run.expect(i);
    CHECK_EQ(held.get()[0], static_cast<float>(i));
    CHECK(run.x.data().read() == held.get());
  }
  run.x.data_storage()->unpin();
  for (int64_t i = 10; i < 20; ++i) run.expect(i);
}

TEST(prefetching_layer_fills_tops_that_were_reshaped_shared_and_written) {
  Run run("prefetch: 3");
  Blob alias;
  alias.share_data(run.x);
  for (int64_t i = 0; i < 20; ++i) {
    run.expect(i);
    alias.reshape(run.x.shape());
    CHECK_EQ(alias.data().read()[0], static_cast<float>(i));
    run.x.data().update()[0] = 99;  // as a layer in place would
    if (i == 5) run.x.reshape({50, 4});
    if (i == 10) run.x.reshape({1});
  }
}

TEST(prefetching_layer_gives_memory_of_a_pool_back_to_it) {
  Run run("prefetch: 3");
  const auto pool = std::make_shared<MemoryPool>();
  run.x.data_storage()->use_pool(pool);
  for (int64_t i = 0; i < 20; ++i) {
    run.expect(i);
    run.x.data_storage()->release();
  }
  CHECK(pool->size() <= static_cast<int64_t>(2 * 12 * sizeof(float)));
}

TEST(prefetching_layer_tells_of_damaged_images_in_their_order) {
  const test::Logged log;
  Run run("prefetch: 4 threads: 4");
  run.layer->damaged = true;
  run.expect(0);
  CHECK_EQ(log.count("image 0: is cut off"), 1);
  CHECK_EQ(log.count("is cut off"), 1);  // what is only ready yet says nothing
  for (int64_t i = 1; i < 30; ++i) run.expect(i);
  CHECK_EQ(log.count("image 9: is cut off and is used as far as it goes; 10 such images"), 1);
  CHECK_EQ(log.count("is cut off"), 2);
}

TEST(prefetching_layer_checks_its_numbers) {
  CHECK_FAILS(Status::kInvalidArgument, "data_param.prefetch is 0", Run("prefetch: 0"));
  const test::Logged log;
  Run run("threads: 9");
  CHECK_EQ(log.count("data_param.threads is 9, but no more than 4 batches are made at a time"), 1);
  run.expect(0);
}

TEST(items_shape_their_top) {
  Blob top;
  Items items(top, 2);
  CHECK(items.take({3}));
  CHECK_EQ(top.shape(), Shape({2, 3}));
  float* first = items.next();
  CHECK(!items.take({1, 3}));
  CHECK(items.take({3}));
  CHECK(items.next() == first + 3);
}

}  // namespace
}  // namespace caffe
