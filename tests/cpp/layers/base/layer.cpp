// What a Layer answers for all of them: how many blobs it takes, and what it is when it has no
// gradient.
#include "layers/base/layer.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const Input kTwo = {{2}, {1, 2}};

TEST(layer_counts_its_bottoms_and_tops) {
  const auto made = [](const char* type, size_t bottoms, size_t tops) {
    LayerRun(str("type: '", type, "'"), std::vector<Input>(bottoms, kTwo), {TRAIN, tops});
  };
  CHECK_FAILS(Status::kInvalidArgument, "takes exactly 1 bottom(s), not 2", made("ReLU", 2, 1));
  CHECK_FAILS(Status::kInvalidArgument, "takes exactly 1 top(s), not 0", made("ReLU", 1, 0));
  CHECK_FAILS(Status::kInvalidArgument, "takes at least 2 bottom(s), not 1", made("Eltwise", 1, 1));
  CHECK_FAILS(Status::kInvalidArgument, "takes at most 2 bottom(s), not 3", made("Scale", 3, 1));
}

TEST(layer_without_a_gradient_says_so_when_it_is_asked_for_one) {
  LayerRun run("type: 'Threshold'", {kTwo});
  run.forward();
  run.backward({false});
  CHECK_FAILS(Status::kUnsupported, "a layer of type Threshold has no gradient", run.backward());
}

TEST(layer_in_place_names_the_bottom_that_it_would_overwrite) {
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place: bottom \"data\" is one of its tops",
              LayerRun("type: 'Tile' tile_param { tiles: 1 }", {kTwo}, {TRAIN, 1, true}));
}

TEST(layer_parameters_are_filled_alike_for_one_seed) {
  const auto weights = [](uint64_t seed) {
    LayerRun run(
        "type: 'InnerProduct' inner_product_param { num_output: 3 weight_filler { type: "
        "'gaussian' } }",
        {{{1, 2}, {1, 2}}}, {TRAIN, 1, false, nullptr, seed});
    return values_of(run.param(0).data());
  };
  CHECK(weights(1) == weights(1));
  CHECK(weights(1) != weights(2));
}

TEST(layers_of_unknown_types_are_errors) {
  CHECK_FAILS(Status::kNotFound,
              "unknown layer type \"Convolutoin\"; did you mean \"Convolution\"?",
              LayerRun("type: 'Convolutoin'", {{{2}, {}}}));
}

}  // namespace
}  // namespace caffe::test
