// layers/data/memory_data.cpp
#include <algorithm>
#include <numeric>

#include "cpp/layers/base/layer_run.hpp"
#include "layers/base/roles.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string memory(const std::string& own, const std::string& more = "") {
  return "type: 'MemoryData' memory_data_param { " + own + " } " + more;
}

const std::string kTwoOfSix = "batch_size: 2 channels: 1 height: 2 width: 3";

Values counting(int64_t count) {
  Values values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

void set(LayerRun& run, const Shape& shape, bool transform = false) {
  dynamic_cast<ArraysRole&>(run.layer())
      .set_arrays(shape, counting(shape.count()).data(), counting(shape[0]).data(), transform);
}

RunOptions with(Phase phase, uint64_t seed = 1) {
  RunOptions options;
  options.phase = phase;
  options.tops = 2;
  options.seed = seed;
  return options;
}

TEST(memory_data_serves_batches_in_order) {
  LayerRun run(memory(kTwoOfSix), {}, with(TRAIN));
  CHECK_EQ(run.top(0).shape(), Shape({2, 1, 2, 3}));
  CHECK_EQ(run.top(1).shape(), Shape({2, 1, 1, 1}));
  CHECK_FAILS(Status::kState, "no data yet", run.forward());
  set(run, {4, 1, 2, 3});
  for (const float first : {0, 2, 0, 2}) {
    run.forward();
    CHECK_EQ(run.out(0)[0], 6 * first);
    CHECK_EQ(run.out(0)[11], 6 * first + 11);
    CHECK(run.out(1) == Values({first, first + 1}));
  }
  run.forward();
  set(run, {4, 1, 2, 3});  // begins anew
  run.forward();
  CHECK(run.out(1) == Values({0, 1}));
}

TEST(memory_data_third_top_has_the_size_of_each_item) {
  RunOptions options = with(TRAIN);
  options.tops = 3;
  LayerRun run(memory(str(kTwoOfSix, " share_in_parallel: true")), {}, options);
  CHECK_EQ(run.top(2).shape(), Shape({2, 1, 1, 2}));
  set(run, {4, 1, 2, 3});
  run.forward();
  CHECK(run.out(2) == Values({2, 3, 2, 3}));
  options.tops = 4;
  CHECK_FAILS(Status::kInvalidArgument, "at most 3 top(s)",
              LayerRun(memory(kTwoOfSix), {}, options));
}

TEST(memory_data_goes_where_a_pass_would_be) {
  LayerRun run(memory(kTwoOfSix), {}, with(TRAIN));
  run.layer().seek(5, 1);  // without data it has no place
  set(run, {6, 1, 2, 3});
  run.layer().seek(5, 1);
  run.forward();
  CHECK(run.out(1) == Values({4, 5}));
  // Items are this net's alone: it serves the next ones, whatever passes are other nets'.
  run.layer().seek(11, 3);
  run.forward();
  CHECK(run.out(1) == Values({0, 1}));
}

TEST(memory_data_transforms_when_asked) {
  const std::string text = memory("batch_size: 1 channels: 1 height: 1 width: 1",
                                  "transform_param { crop_size: 1 scale: 2 mean_value: 1 }");
  LayerRun plain(text, {}, with(caffe::TEST));
  set(plain, {1, 1, 1, 1});
  plain.forward();
  CHECK(plain.out() == Values({0}));
  set(plain, {1, 1, 3, 3}, true);
  plain.forward();
  CHECK(plain.out() == Values({6}));  // the middle, 4
  // In phase TRAIN crops are drawn for each item; the same again by the same seed.
  LayerRun one(text, {}, with(TRAIN)), two(text, {}, with(TRAIN)), other(text, {}, with(TRAIN, 9));
  std::vector<Values> seen;
  for (LayerRun* run : {&one, &two, &other}) {
    set(*run, {200, 1, 3, 3}, true);
    Values& crops = seen.emplace_back();
    for (int i = 0; i < 200; ++i) {
      run->forward();
      crops.push_back(run->out()[0] / 2 + 1 - static_cast<float>(9 * i));
    }
  }
  CHECK(seen[0] == seen[1]);
  CHECK(seen[0] != seen[2]);
  CHECK(*std::min_element(seen[0].begin(), seen[0].end()) == 0);
  CHECK(*std::max_element(seen[0].begin(), seen[0].end()) == 8);
}

TEST(memory_data_that_does_not_fit) {
  for (const char* own : {"", "batch_size: 2", "batch_size: 2 channels: 1 height: 0 width: 3"}) {
    CHECK_FAILS(Status::kInvalidArgument, "memory_data_param needs",
                LayerRun(memory(own), {}, with(TRAIN)));
  }
  CHECK_FAILS(Status::kInvalidArgument, "at least 2 top(s)", LayerRun(memory(kTwoOfSix), {}));
  LayerRun run(memory(kTwoOfSix, "transform_param { crop_size: 2 }"), {}, with(TRAIN));
  CHECK_FAILS(Status::kShape, "a multiple of 2 items", set(run, {3, 1, 2, 3}));
  CHECK_FAILS(Status::kShape, "a multiple of 2 items", set(run, {0, 1, 2, 3}));
  CHECK_FAILS(Status::kShape, "expected items of 1 2 3 (6)", set(run, {2, 1, 3, 2}));
  CHECK_FAILS(Status::kShape, "transform_param makes 1 2 2", set(run, {2, 1, 2, 3}, true));
  CHECK_FAILS(Status::kShape, "crop_size is 2", set(run, {2, 1, 1, 3}, true));
}

}  // namespace
}  // namespace caffe::test
