// layers/base/filler.cpp; how the values are spread is checked by the conformance runner.
#include "layers/base/filler.hpp"

#include "core/threads.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Values filled(const std::string& text, const Shape& shape, uint64_t seed = 1) {
  FillerParameter param;
  parse_text(text, param);
  Blob blob(shape);
  Rng rng(seed, 0);
  fill(blob, param, rng);
  return values_of(blob.data());
}

TEST(filler_is_a_constant_0_by_default) {
  CHECK(filled("", {2, 2}) == Values(4, 0));
  CHECK(filled("value: 0.25", {2, 2}) == Values(4, 0.25f));
}

TEST(filler_is_the_same_for_any_number_of_threads) {
  const int before = num_threads();
  for (const char* type : {"uniform", "gaussian", "xavier", "msra", "positive_unitball"}) {
    const std::string text = str("type: '", type, "'");
    set_num_threads(1);
    const Values one = filled(text, {5, 20001});
    set_num_threads(3);
    CHECK(one == filled(text, {5, 20001}));
    CHECK(one != filled(text, {5, 20001}, 2));
  }
  set_num_threads(before);
}

TEST(filler_makes_bilinear_kernels) {
  CHECK_CLOSE(filled("type: 'bilinear'", {1, 1, 2, 2}), {0.25f, 0.25f, 0.25f, 0.25f});
  CHECK_CLOSE(filled("type: 'bilinear_upsampling'", {1, 1, 5, 5}),
              filled("type: 'bilinear'", {1, 1, 5, 5}));
  CHECK_CLOSE(filled("type: 'bilinear'", {1, 1, 3, 3}),
              {0.25f, 0.5f, 0.25f, 0.5f, 1, 0.5f, 0.25f, 0.5f, 0.25f});
}

TEST(filler_of_nothing_is_nothing) {
  for (const char* type : {"uniform", "gaussian", "xavier", "msra", "positive_unitball"}) {
    CHECK(filled(str("type: '", type, "'"), {0, 3}).empty());
  }
}

TEST(filler_rejects_what_it_cannot_do) {
  CHECK_FAILS(Status::kNotFound,
              "unknown filler type \"glorot\" (known: bilinear, bilinear_upsampling, constant",
              filled("type: 'glorot'", {2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "takes no sparse: 1",
              filled("type: 'constant' sparse: 1", {2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "takes no sparse: -3",
              filled("type: 'gaussian' sparse: -3", {2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "sparse must be at most 2",
              filled("type: 'gaussian' sparse: 3", {2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "std must be at least 0",
              filled("type: 'gaussian' std: -1", {2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "min must be at most its max",
              filled("type: 'uniform' min: 2", {2, 2}));
  CHECK_FAILS(Status::kShape, "needs 4 axes, the last two equal",
              filled("type: 'bilinear'", {1, 1, 2, 3}));
  CHECK_FAILS(Status::kShape, "needs 4 axes", filled("type: 'bilinear'", {3, 3}));
}

}  // namespace
}  // namespace caffe::test
