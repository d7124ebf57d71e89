// net/setup.cpp: what the options of a net come to.
#include "net/setup.hpp"

#include "kernels/kernels.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

NetOptions settled(const std::string& text) {
  NetOptions options;
  parse_text(text, options);
  settle_options(options);
  return options;
}

TEST(options_name_the_kernels) {
  CHECK(kernels_of(settled("device: 'cpu'")).get() == &cpu_kernels());
  CHECK(kernels_of(settled("backend: 'cpu'")).get() == &cpu_kernels());
  CHECK(kernels_of(settled("backend: 'reference'")).get() == &reference_kernels());
}

TEST(options_without_a_seed_get_one_of_their_own) {
  const NetOptions first = settled(""), second = settled("");
  CHECK(first.has_seed() && second.has_seed() && first.seed != second.seed);
  CHECK_EQ(settled("seed: 7").seed, uint64_t{7});
}

TEST(options_that_no_net_can_have_are_refused) {
  CHECK_FAILS(Status::kNotFound, "did you mean \"segnet\"", settled("dialect: 'segnot'"));
  CHECK_FAILS(Status::kUnsupported, "no CUDA", settled("device: 'cuda'"));
  CHECK_FAILS(Status::kInvalidArgument, "is not the name of a device", settled("device: 'tpu'"));
  CHECK_FAILS(Status::kNotFound, "backend", settled("backend: 'cpus'"));
  CHECK_FAILS(Status::kNotFound, "convolution", settled("convolution: 'fast'"));
  CHECK_FAILS(Status::kInvalidArgument, "threads is 5000", settled("threads: 5000"));
}

TEST(a_net_has_its_own_state_with_the_options_on_top) {
  const NetParameter param = read_net_text(R"(
    state { stage: "own" level: 1 }
    layer { name: "a" type: "Input" top: "a" include { stage: "own" stage: "given" }
      input_param { shape { dim: 2 } } }
    layer { name: "b" type: "Input" top: "b" include { min_level: 3 }
      input_param { shape { dim: 2 } } })");
  NetOptions options;
  CHECK_EQ(make_net(param, TEST, options, "")->layer_count(), size_t{0});
  options.stage.push_back("given");
  CHECK_EQ(make_net(param, TEST, options, "")->layer_count(), size_t{1});
  options.set_level(3);
  CHECK_EQ(make_net(param, TEST, options, "")->layer_count(), size_t{2});
}

}  // namespace
}  // namespace caffe
