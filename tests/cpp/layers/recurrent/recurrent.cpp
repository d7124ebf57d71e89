// What recurrent layers share: states that are carried, exposed and not finite, static inputs.
#include <cmath>
#include <limits>

#include "core/log.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/recurrent/recurrent_text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// What `run` makes of `steps` steps of `x`, one pass of one step after the other.
TEST(recurrent_state_is_carried_from_pass_to_pass) {
  for (const char* type : {"LSTM", "RNN"}) {
    const std::string text = layer(type, "num_output: 3");
    const Values x = distinct_values(4 * 2 * 2, 3), cont = {0, 0, 1, 1, 1, 0, 1, 1};
    LayerRun whole(text, {{{4, 2, 2}, x}, {{4, 2}, cont}});
    whole.forward();
    LayerRun single(text, {{{1, 2, 2}, {}}, {{1, 2}, {}}});
    Values all;
    for (size_t t = 0; t < 4; ++t) {
      single.set_bottom(0, Values(x.begin() + 4 * t, x.begin() + 4 * t + 4));
      single.set_bottom(1, Values(cont.begin() + 2 * t, cont.begin() + 2 * t + 2));
      single.forward();
      const Values out = single.out();
      all.insert(all.end(), out.begin(), out.end());
    }
    CHECK_CLOSE(all, whole.out());
  }
}

TEST(recurrent_state_begins_at_zeros_for_another_number_of_sequences) {
  const std::string text = layer("LSTM", "num_output: 3");
  LayerRun run(text, {{{1, 2, 2}, {}}, {{1, 2}, {1, 1}}});
  run.forward();
  const Values first = run.out();
  run.forward();
  CHECK(run.out() != first);
  run.bottom(0).reshape({1, 1, 2});
  run.bottom(1).reshape({1, 1});
  run.set_bottom(1, {1});
  run.forward();
  CHECK_CLOSE(run.out(), {first[0], first[1], first[2]});
  run.bottom(0).reshape({1, 0, 2});
  run.bottom(1).reshape({1, 0});
  run.forward();
  run.backward({true, false});
  CHECK_EQ(run.out().size(), size_t{0});
}

TEST(recurrent_state_that_is_not_finite_ends_with_its_sequence) {
  for (const char* type : {"LSTM", "RNN"}) {
    LayerRun run(layer(type, "num_output: 2"), {{{1, 1, 1}, {1}}, {{1, 1}, {0}}});
    run.forward();
    const Values first = run.out();
    run.set_bottom(0, {std::numeric_limits<float>::quiet_NaN()});
    run.forward();
    CHECK(std::isnan(run.out()[0]));
    run.set_bottom(0, {1});
    run.forward();
    CHECK(run.out() == first);
    run.set_top_diff(0, {1, 1});
    run.backward({true, false});
    CHECK(std::isfinite(run.bottom_diff()[0]));
  }
}

TEST(recurrent_outputs_may_be_changed_in_place) {
  for (const char* type : {"LSTM", "RNN"}) {
    const std::string text = layer(type, "num_output: 2");
    const std::vector<Input> inputs = {{{2, 1, 2}, {}}, {{2, 1}, {0, 1}}};
    LayerRun plain(text, inputs), changed(text, inputs);
    for (LayerRun* run : {&plain, &changed}) {
      run->forward();
      run->set_top_diff(0, {1, 2, 3, 4});
      if (run == &changed) set_values(run->top(0).data(), {9, 9, 9, 9});
      run->backward({true, false});
      run->set_bottom(1, {1, 1});
    }
    CHECK(changed.bottom_diff() == plain.bottom_diff());
    for (size_t i = 0; i < plain.layer().blobs().size(); ++i) {
      CHECK(changed.param_diff(i) == plain.param_diff(i));
    }
    plain.forward();
    changed.forward();
    CHECK(changed.out() == plain.out());
  }
}

// Static inputs are inputs that every step repeats.
TEST(recurrent_static_inputs) {
  for (const char* type : {"LSTM", "RNN"}) {
    const int64_t rows = std::string(type) == "LSTM" ? 8 : 2;
    LayerRun run(layer(type, "num_output: 2"),
                 {{{2, 1, 1}, {0.5f, -1}}, {{2, 1}, {0, 1}}, {{1, 2}, {0.3f, 0.8f}}});
    LayerRun joined(layer(type, "num_output: 2"),
                    {{{2, 1, 3}, {0.5f, 0.3f, 0.8f, -1, 0.3f, 0.8f}}, {{2, 1}, {0, 1}}});
    Values weights;
    const Values moving = values_of(run.param(0).data()), fixed = values_of(run.param(2).data());
    for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
      weights.insert(weights.end(), {moving[row], fixed[2 * row], fixed[2 * row + 1]});
    }
    set_values(joined.param(0).data(), weights);
    set_values(joined.param(1).data(), values_of(run.param(1).data()));
    for (size_t i = 2; i < joined.layer().blobs().size(); ++i) {
      set_values(joined.param(i).data(), values_of(run.param(i + 1).data()));
    }
    for (LayerRun* each : {&run, &joined}) {
      each->forward();
      each->set_top_diff(0, {1, 2, -3, 4});
    }
    run.backward({true, false, true});
    joined.backward({true, false});
    CHECK_CLOSE(run.out(), joined.out());
    const Values dx = joined.bottom_diff();
    CHECK_CLOSE(run.bottom_diff(0), {dx[0], dx[3]});
    CHECK_CLOSE(run.bottom_diff(2), {dx[1] + dx[4], dx[2] + dx[5]});
    const Values dw = joined.param_diff(0), ds = run.param_diff(2);
    for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
      CHECK_NEAR(ds[2 * row], dw[3 * row + 1], 1e-4, 1e-5);
      CHECK_NEAR(ds[2 * row + 1], dw[3 * row + 2], 1e-4, 1e-5);
    }
  }
}

TEST(recurrent_exposed_states) {
  const std::string text = layer("LSTM", "num_output: 2 expose_hidden: true");
  const std::vector<Input> inputs = {
      {{1, 1, 1}, {0.5f}}, {{1, 1}, {1}}, {{1, 1, 2}, {0, 0}}, {{1, 1, 2}, {0, 0}}};
  LayerRun run(text, inputs, {TRAIN, 3});
  run.forward();
  const Values first = run.out(), hidden = run.out(1), cells = run.out(2);
  CHECK(hidden == first);
  run.forward();
  CHECK(run.out() == first);  // nothing is carried
  run.set_bottom(2, hidden);
  run.set_bottom(3, cells);
  run.forward();
  LayerRun carried(layer("LSTM", "num_output: 2"), {inputs[0], inputs[1]});
  carried.forward();
  carried.forward();
  CHECK_CLOSE(run.out(), carried.out());

  // No gradient comes from the last states, none goes into the first ones.
  run.set_top_diff(0, {0, 0});
  run.set_top_diff(1, {1, 1});
  run.set_top_diff(2, {1, 1});
  set_values(run.bottom(2).diff(), {7, 7});
  run.backward({true, false, true, false});
  CHECK(run.bottom_diff(0) == Values({0}));
  CHECK(run.bottom_diff(2) == Values({0, 0}));
}

TEST(recurrent_debug_info_logs_the_hidden_state_of_every_step) {
  LayerRun run(layer("LSTM", "num_output: 2 debug_info: true"),
               {{{3, 1, 1}, {}}, {{3, 1}, {0, 1, 1}}});
  std::string log;
  set_log_level(Severity::kInfo);
  set_log_sink([](int, const char* line, void* user) { *static_cast<std::string*>(user) += line; },
               &log);
  run.forward();
  set_log_sink(nullptr, nullptr);
  for (const char* step : {"step 0 hidden", "step 1 hidden", "step 2 hidden"}) {
    CHECK(log.find(step) != log.npos);
  }
  CHECK_EQ(log.find("step 3"), log.npos);
}

TEST(recurrent_layers_that_cannot_be_made) {
  const auto made = [](const std::string& fields, const std::vector<Shape>& shapes,
                       size_t tops = 1) {
    std::vector<Input> inputs;
    for (const Shape& shape : shapes) inputs.push_back({shape, {}});
    LayerRun("type: 'LSTM' recurrent_param { " + fields + " }", inputs, {TRAIN, tops});
  };
  CHECK_FAILS(Status::kInvalidArgument, "num_output must be given", made("", {{2, 2, 3}, {2, 2}}));
  const std::string two = "num_output: 2";
  CHECK_FAILS(Status::kShape, "at least one step", made(two, {{4}, {4}}));
  CHECK_FAILS(Status::kShape, "at least one step", made(two, {{0, 2, 3}, {0, 2}}));
  CHECK_FAILS(Status::kShape, "bottom \"label\" has shape", made(two, {{2, 2, 3}, {2, 3}}));
  CHECK_FAILS(Status::kShape, "bottom \"label\" has shape", made(two, {{2, 2, 3}, {2, 2, 1}}));
  CHECK_FAILS(Status::kShape, "bottom \"bottom2\" has shape",
              made(two, {{2, 2, 3}, {2, 2}, {3, 4}}));
  CHECK_FAILS(Status::kShape, "bottom \"bottom2\" has no axes", made(two, {{2, 2, 3}, {2, 2}, {}}));
  const std::string exposed = "num_output: 2 expose_hidden: true";
  CHECK_FAILS(Status::kInvalidArgument, "at least 4", made(exposed, {{2, 2, 3}, {2, 2}}, 3));
  CHECK_FAILS(Status::kInvalidArgument, "exactly 3",
              made(exposed, {{2, 2, 3}, {2, 2}, {1, 2, 2}, {1, 2, 2}}));
  CHECK_FAILS(Status::kShape, "bottom \"bottom3\" has shape",
              made(exposed, {{2, 2, 3}, {2, 2}, {1, 2, 2}, {2, 2, 2}}, 3));
}

TEST(recurrent_time_steps_and_inputs_are_fixed) {
  LayerRun run(layer("RNN", "num_output: 2"), {{{2, 2, 3}, {}}, {{2, 2}, {}}});
  run.forward();
  CHECK_FAILS(Status::kInvalidArgument, "no gradient for bottom \"label\"", run.backward());
  run.bottom(0).reshape({3, 2, 3});
  run.bottom(1).reshape({3, 2});
  CHECK_FAILS(Status::kShape, "2 time steps", run.forward());
  run.bottom(0).reshape({2, 2, 4});
  run.bottom(1).reshape({2, 2});
  CHECK_FAILS(Status::kShape, "3 values", run.forward());
}

}  // namespace
}  // namespace caffe::test
