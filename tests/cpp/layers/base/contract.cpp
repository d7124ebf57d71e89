// What the net relies on in every layer that has a gradient, checked for each row of the table of
// gradients on every backend: nothing is left of another shape, another pass or other weights; the
// gradient is that of the forward before, whatever has since been written over the tops; backward()
// overwrites the diffs of bottoms, adds to those of parameters, and touches none it was not asked
// for; a forward aside serves it as well, and leaves no trace; the number of threads does not show.
#include <cmath>
#include <limits>

#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "net/forward_aside.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr uint64_t kSeed = 5;

struct Result {
  std::vector<Values> tops, bottom_diffs, param_diffs;
};

class Contract {
 public:
  Contract(const GradientCase& each, Kernels& kernels, Phase phase)
      : each_(each), kernels_(kernels), phase_(phase), inputs_(gradient_inputs(each, kSeed)) {}

  LayerRun made(const std::vector<Input>& inputs, bool tops_change = false) const {
    return LayerRun(each_.text, inputs,
                    {phase_, each_.tops, false, &kernels_, kSeed, each_.dialect, tops_change});
  }
  LayerRun made() const { return made(inputs_); }
  const std::vector<Input>& inputs() const { return inputs_; }

  std::vector<bool> all() const {
    std::vector<bool> wanted(inputs_.size(), false);
    for (size_t i = 0; i < each_.differentiable; ++i) wanted[i] = true;
    return wanted;
  }

  void set_top_diffs(LayerRun& run, float factor = 1) const {
    for (size_t t = 0; t < each_.tops; ++t) {
      Values diffs = distinct_values(run.top(t).count(), kSeed + 50 + t);
      if (diffs.size() == 1) diffs = {0.7f};
      for (float& value : diffs) value *= factor;
      run.set_top_diff(t, diffs);
    }
  }

  // As LayerRun::backward(), but the diffs of parameters stay.
  void backward(LayerRun& run, const std::vector<bool>& wanted) const {
    BlobPointers bottoms, tops;
    for (size_t i = 0; i < inputs_.size(); ++i) bottoms.push_back(&run.bottom(i));
    for (size_t t = 0; t < each_.tops; ++t) tops.push_back(&run.top(t));
    run.layer().backward(tops, wanted, bottoms);
  }

  Result result(LayerRun& run) const {
    Result all;
    for (size_t t = 0; t < each_.tops; ++t) all.tops.push_back(run.out(t));
    for (size_t i = 0; i < each_.differentiable; ++i)
      all.bottom_diffs.push_back(run.bottom_diff(i));
    for (size_t i = 0; i < run.layer().blobs().size(); ++i) {
      all.param_diffs.push_back(run.param_diff(i));
    }
    return all;
  }

  Result passed(LayerRun& run) const {
    run.forward(0);
    set_top_diffs(run);
    run.backward(all());
    return result(run);
  }

  void same(const std::vector<Values>& a, const std::vector<Values>& b, const std::string& what,
            double factor = 1, double rtol = 1e-4) const {
    CHECK_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i].size() != b[i].size()) complain(str(what, ", blob ", i, ": other counts"));
      for (size_t j = 0; j < a[i].size(); ++j) {
        if (near(a[i][j], factor * b[i][j], rtol, rtol * 1e-1)) continue;
        complain(
            str(what, ", blob ", i, ", value ", j, ": ", a[i][j], " is not ", factor * b[i][j]));
      }
    }
  }

  void same(const Result& a, const Result& b, const std::string& what, double rtol = 1e-4) const {
    same(a.tops, b.tops, what + ", tops", 1, rtol);
    same(a.bottom_diffs, b.bottom_diffs, what + ", diffs of bottoms", 1, rtol);
    same(a.param_diffs, b.param_diffs, what + ", diffs of parameters", 1, rtol);
  }

  [[noreturn]] void complain(const std::string& what) const {
    failed(__FILE__, __LINE__, str(each_.text, " on ", kernels_.name(), ": ", what));
  }

 private:
  const GradientCase& each_;
  Kernels& kernels_;
  const Phase phase_;
  std::vector<Input> inputs_;
};

bool constant(const Blob& blob, Tensor tensor, float value) {
  const float* values = tensor.read();
  for (int64_t i = 0; i < blob.count(); ++i) {
    if (values[i] != value) return false;
  }
  return true;
}

void fill(Tensor tensor, float value) {
  set_values(tensor, Values(static_cast<size_t>(tensor.count()), value));
}

void adds_and_overwrites(const Contract& contract) {
  LayerRun run = contract.made();
  const Result once = contract.passed(run);
  for (size_t i = 0; i < contract.inputs().size(); ++i) {
    fill(run.bottom(i).diff(), std::numeric_limits<float>::quiet_NaN());
  }
  contract.set_top_diffs(run);
  contract.backward(run, contract.all());
  const Result twice = contract.result(run);
  contract.same(twice.bottom_diffs, once.bottom_diffs, "backward twice, diffs of bottoms");
  contract.same(twice.param_diffs, once.param_diffs, "backward twice, diffs of parameters", 2);
}

void is_linear(const Contract& contract) {
  LayerRun run = contract.made();
  const Result once = contract.passed(run);
  contract.set_top_diffs(run, 3);
  run.backward(contract.all());
  const Result thrice = contract.result(run);
  contract.same(thrice.bottom_diffs, once.bottom_diffs, "top diffs of 3, diffs of bottoms", 3);
  contract.same(thrice.param_diffs, once.param_diffs, "top diffs of 3, diffs of parameters", 3);
}

void touches_what_is_wanted(const Contract& contract) {
  LayerRun run = contract.made();
  const Result all = contract.passed(run);
  const size_t params = run.layer().blobs().size(), bottoms = all.bottom_diffs.size();
  for (size_t only = 0; only < bottoms + params; ++only) {
    std::vector<bool> wanted(contract.inputs().size(), false);
    if (only < bottoms) wanted[only] = true;
    for (size_t i = 0; i < wanted.size(); ++i) fill(run.bottom(i).diff(), 77);
    for (size_t i = 0; i < params; ++i) {
      fill(run.param(i).diff(), 77);
      run.layer().set_param_propagate_down(i, only == bottoms + i);
    }
    contract.set_top_diffs(run);
    contract.backward(run, wanted);
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] || constant(run.bottom(i), run.bottom(i).diff(), 77)) continue;
      contract.complain(str("wrote the diff of bottom ", i, ", asked for ", only));
    }
    for (size_t i = 0; i < params; ++i) {
      if (only == bottoms + i || constant(run.param(i), run.param(i).diff(), 77)) continue;
      contract.complain(str("wrote the diff of parameter ", i, ", asked for ", only));
    }
    if (only < bottoms) {
      contract.same({run.bottom_diff(only)}, {all.bottom_diffs[only]}, "one bottom alone");
    } else {
      Values own = run.param_diff(only - bottoms);
      for (float& value : own) value -= 77;
      contract.same({own}, {all.param_diffs[only - bottoms]}, "one parameter alone", 1, 1e-3);
    }
  }
}

void leaves_tops_free(const Contract& contract, const GradientCase& each) {
  if (each.text.find("'Swish'") != std::string::npos) return;  // as in the original
  LayerRun apart = contract.made();
  const Result expected = contract.passed(apart);
  LayerRun run = contract.made(contract.inputs(), true);
  run.forward(0);
  contract.set_top_diffs(run);
  for (size_t t = 0; t < expected.tops.size(); ++t) fill(run.top(t).data(), 1234);
  run.backward(contract.all());
  const Result given = contract.result(run);
  contract.same(given.bottom_diffs, expected.bottom_diffs, "tops overwritten, diffs of bottoms");
  contract.same(given.param_diffs, expected.param_diffs, "tops overwritten, diffs of parameters");
}

// Set up with other values (and shapes where these are free), then used with those of kSeed.
void forgets_other_passes(const Contract& contract, const GradientCase& each) {
  LayerRun fresh = contract.made();
  const Result expected = contract.passed(fresh);
  std::vector<Input> others = gradient_inputs(each, kSeed + 1);
  LayerRun run = contract.made(others);
  bool same_weights = run.layer().blobs().size() == fresh.layer().blobs().size();
  for (size_t i = 0; same_weights && i < run.layer().blobs().size(); ++i) {
    same_weights = run.param(i).shape() == fresh.param(i).shape();
  }
  if (!same_weights) return;
  contract.passed(run);
  for (size_t i = 0; i < run.layer().blobs().size(); ++i) {
    set_values(run.param(i).data(), values_of(fresh.param(i).data()));
  }
  LayerRun again = contract.made();
  for (size_t i = 0; i < others.size(); ++i) {
    run.bottom(i).reshape(contract.inputs()[i].shape);
    run.set_bottom(i, values_of(again.bottom(i).data()));
  }
  contract.same(contract.passed(run), expected, "after other shapes");
}

// Whatever the extent of the first axis means, none of it is a matter of shapes or of an error.
void works_on_nothing(const Contract& contract, const GradientCase& each) {
  if (each.shapes.empty() || each.shapes[0].empty()) return;
  LayerRun fresh = contract.made();
  const Result expected = contract.passed(fresh);
  LayerRun run = contract.made();
  const auto reshape = [&](int64_t extent) {
    for (size_t i = 0; i < contract.inputs().size(); ++i) {
      std::vector<int64_t> dims = contract.inputs()[i].shape.dims();
      if (!dims.empty() && dims[0] == contract.inputs()[0].shape[0] && extent == 0) dims[0] = 0;
      run.bottom(i).reshape(Shape(dims));
    }
  };
  reshape(0);
  try {
    run.forward(0);
    contract.set_top_diffs(run);
    run.backward(contract.all());
    for (const Values& diffs : contract.result(run).param_diffs) {
      for (const float value : diffs) CHECK_EQ(value, 0.0f);
    }
  } catch (const Error&) {
  }
  reshape(1);
  for (size_t i = 0; i < contract.inputs().size(); ++i) {
    LayerRun again = contract.made();
    run.set_bottom(i, values_of(again.bottom(i).data()));
  }
  for (size_t i = 0; i < run.layer().blobs().size(); ++i) {
    LayerRun again = contract.made();
    set_values(run.param(i).data(), values_of(again.param(i).data()));
  }
  contract.same(contract.passed(run), expected, "after an empty batch");
}

// Backward before any forward, with tops as a forward would have made them.
void goes_back_without_forward(const Contract& contract, const GradientCase& each) {
  LayerRun fresh = contract.made();
  const Result expected = contract.passed(fresh);
  LayerRun run = contract.made();
  BlobPointers bottoms, tops;
  for (size_t i = 0; i < contract.inputs().size(); ++i) bottoms.push_back(&run.bottom(i));
  for (size_t t = 0; t < each.tops; ++t) tops.push_back(&run.top(t));
  run.layer().reshape(bottoms, tops);
  for (size_t t = 0; t < each.tops; ++t) set_values(run.top(t).data(), expected.tops[t]);
  std::vector<Values> params;
  for (const auto& blob : run.layer().blobs()) params.push_back(values_of(blob->data()));
  {
    const ForwardAside aside(run.layer(), bottoms, tops);
    contract.set_top_diffs(run);
    run.backward(contract.all());
  }
  contract.same(contract.result(run), expected, "after a forward aside");
  for (size_t i = 0; i < params.size(); ++i) {
    contract.same({values_of(run.param(i).data())}, {params[i]}, "parameters", 1, 0);
  }
  contract.same(contract.passed(run), expected, "forward after a forward aside");
}

// At shapes that are worth some threads. oneDNN's convolutions add up in an order that depends on
// their number, so their last bits are not the same.
void ignores_threads(const Contract& contract, const GradientCase& each) {
  if (!each.given.empty()) return;
  std::vector<Input> inputs = gradient_inputs(each, kSeed, 20);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].values.empty()) continue;
    inputs[i].values = distinct_values(inputs[i].shape.count(), kSeed + i);
    for (float& value : inputs[i].values) value *= 30 / static_cast<float>(inputs[i].values.size());
  }
  std::vector<Result> results;
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    LayerRun run = contract.made(inputs);
    results.push_back(contract.passed(run));
  }
  set_num_threads(1);
  const bool convolution = each.text.find("onvolution") != std::string::npos;
  contract.same(results[1], results[0], "three threads", convolution ? 1e-2 : 0);
}

template <class Body>
void for_every_case(const Body& body) {
  const int threads = num_threads();
  set_num_threads(1);
  std::string all;
  for (const GradientCase& each : gradient_cases()) {
    on_every_backend([&](Kernels& kernels) {
      try {
        for (const Phase phase : {TRAIN, TEST}) body(Contract(each, kernels, phase), each);
      } catch (const Failure& failure) {
        all += failure.message + "\n";
      } catch (const Error& error) {
        all += str(each.text, " on ", kernels.name(), ": ", error.what(), "\n");
      }
    });
  }
  set_num_threads(threads);
  if (!all.empty()) failed(__FILE__, __LINE__, all);
}

TEST(layers_add_to_parameters_and_overwrite_bottoms) {
  for_every_case(
      [](const Contract& contract, const GradientCase&) { adds_and_overwrites(contract); });
}

TEST(layers_have_gradients_in_proportion) {
  for_every_case([](const Contract& contract, const GradientCase&) { is_linear(contract); });
}

TEST(layers_touch_only_diffs_that_are_wanted) {
  for_every_case(
      [](const Contract& contract, const GradientCase&) { touches_what_is_wanted(contract); });
}

TEST(layers_leave_their_tops_to_others) {
  for_every_case(
      [](const Contract& contract, const GradientCase& each) { leaves_tops_free(contract, each); });
}

TEST(layers_forget_other_shapes_and_passes) {
  for_every_case([](const Contract& contract, const GradientCase& each) {
    forgets_other_passes(contract, each);
  });
}

TEST(layers_work_on_empty_batches_or_say_why_not) {
  for_every_case(
      [](const Contract& contract, const GradientCase& each) { works_on_nothing(contract, each); });
}

TEST(layers_go_back_without_a_forward) {
  for_every_case([](const Contract& contract, const GradientCase& each) {
    goes_back_without_forward(contract, each);
  });
}

TEST(layers_compute_the_same_on_any_number_of_threads) {
  for_every_case(
      [](const Contract& contract, const GradientCase& each) { ignores_threads(contract, each); });
}

}  // namespace
}  // namespace caffe::test
