// Solvers in threads of this process that train one net together, against one solver that does it
// alone.
#include "solver/gradient_exchange.hpp"

#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "core/threads.hpp"
#include "cpp/solver/regression.hpp"
#include "layers/base/registry.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Log;
using test::same_bits;
using test::weights;

// Where the solvers of a world meet: the last one to come adds up all their values.
class Meeting {
 public:
  explicit Meeting(int world) : values_(static_cast<size_t>(world)) {}
  int world() const { return static_cast<int>(values_.size()); }

  void join(int rank, std::span<float> values) {
    std::unique_lock<std::mutex> lock(mutex_);
    values_[static_cast<size_t>(rank)] = values;
    if (++arrived_ == world()) {
      add_up();
      arrived_ = 0;
      ++round_;
      changed_.notify_all();
    }
    const int64_t left = arrived_ == 0 ? round_ : round_ + 1;
    changed_.wait(lock, [&] { return round_ >= left || broken_; });
    if (round_ < left) fail(Status::kState, "another solver has failed");
  }
  void leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

 private:
  void add_up() {
    for (size_t i = 0; i < values_[0].size(); ++i) {
      float sum = 0;
      for (const std::span<float> each : values_) sum += each[i];
      for (const std::span<float> each : values_) each[i] = sum;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::span<float>> values_;
  int arrived_ = 0;
  int64_t round_ = 0;
  bool broken_ = false;
};

class InProcess final : public Reducer {
 public:
  InProcess(std::shared_ptr<Meeting> meeting, int rank)
      : meeting_(std::move(meeting)), rank_(rank) {}
  int world() const override { return meeting_->world(); }
  int rank() const override { return rank_; }
  void ready(std::span<float> values) override {
    if (given.empty()) given = {values.data(), 0};
    CHECK(values.data() == given.data() + given.size());
    given = {given.data(), given.size() + values.size()};
    if (on_ready) on_ready(values.size());
  }
  void finish() override {
    if (fails_at-- == 0) fail(Status::kIo, "the network is gone");
    meeting_->join(rank_, std::exchange(given, {}));
  }
  void abandon() noexcept override { meeting_->leave(); }

  std::span<float> given;  // of this iteration
  int64_t fails_at = -1;   // the iterations until then
  std::function<void(size_t)> on_ready;

 private:
  const std::shared_ptr<Meeting> meeting_;
  const int rank_;
};

// Batches that are functions of the pass: items pass * N, pass * N + 1 ... of an endless data set.
class ItemsLayer final : public Layer {
 public:
  using Layer::Layer;
  Arity arity() const override { return Arity::exact(0, 2); }
  void reshape(const BlobPointers&, const BlobPointers& top) override {
    top[0]->reshape({batch(), 3});
    top[1]->reshape({batch(), 2});
  }
  void forward(const BlobPointers&, const BlobPointers& top) override {
    for (Blob* blob : top) {
      float* values = blob->data().write();
      const int64_t first = pass() * blob->count();
      for (int64_t i = 0; i < blob->count(); ++i) {
        values[i] = std::sin(static_cast<float>(first + i) * (blob == top[0] ? 1.3f : 0.7f));
      }
    }
  }
  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

 private:
  int64_t batch() const { return param().data_param->batch_size; }
};

const char* const kItems = "items of the solvers' tests";
const LayerRegistration<ItemsLayer> registration("Data", {"hed", [](const LayerParameter& param) {
                                                            return param.name == kItems;
                                                          }});

// Two layers share a weight, and between them is one with its own.
std::string solver_text(int batch, const std::string& more) {
  const std::string shared =
      " param { name: 'w' lr_mult: 1 } param { name: 'b' lr_mult: 2 decay_mult: 0 }"
      " inner_product_param { num_output: 3 weight_filler { type: 'xavier' } } }";
  return str("net_param { name: 'shared' layer { name: \"", kItems,
             "\" type: 'Data' top: 'data' top: 'target' data_param { batch_size: ", batch, " } }",
             " layer { name: 'one' type: 'InnerProduct' bottom: 'data' top: 'one'", shared,
             " layer { name: 'tanh' type: 'TanH' bottom: 'one' top: 'one' }",
             " layer { name: 'own' type: 'InnerProduct' bottom: 'one' top: 'own'",
             " inner_product_param { num_output: 3 weight_filler { type: 'xavier' } } }",
             " layer { name: 'two' type: 'InnerProduct' bottom: 'own' top: 'two'", shared,
             more.find("dropout") == std::string::npos
                 ? ""
                 : " layer { name: 'drop' type: 'Dropout' bottom: 'two' top: 'two' }",
             " layer { name: 'last' type: 'InnerProduct' bottom: 'two' top: 'last'",
             " inner_product_param { num_output: 2 weight_filler { type: 'xavier' } } }",
             " layer { name: 'loss' type: 'EuclideanLoss' bottom: 'last' bottom: 'target'",
             " top: 'loss' } } base_lr: 0.1 random_seed: 3 momentum: 0.9 weight_decay: 0.01 ",
             more.find("lr_policy") == std::string::npos ? "lr_policy: 'fixed' " : "", more);
}

std::unique_ptr<Solver> alone(int batch, const std::string& more) {
  return make_solver(read_solver_text(solver_text(batch, more)), SolverSetup{});
}

// Two solvers of a world, each with a thread to step in.
struct World {
  explicit World(const std::string& more, int batch = 2) {
    for (int rank = 0; rank < 2; ++rank) {
      solvers.push_back(alone(batch, more));
      reducers.push_back(std::make_shared<InProcess>(meeting, rank));
      solvers.back()->set_reducer(reducers.back());
    }
  }
  // The errors of step(), "" where there is none.
  std::vector<std::string> step(int64_t n, int threads = 0) {
    std::vector<std::string> errors(2);
    std::vector<std::thread> running;
    for (size_t i = 0; i < 2; ++i) {
      running.emplace_back([&, i] {
        try {
          const NumThreadsScope scope(threads);
          solvers[i]->step(n);
        } catch (const std::exception& error) {
          errors[i] = error.what();
        }
      });
    }
    for (std::thread& each : running) each.join();
    return errors;
  }
  void check_errors(int64_t n, const std::string& first, const std::string& second) {
    const std::vector<std::string> errors = step(n);
    CHECK(errors[0].find(first) != std::string::npos && errors[0].empty() == first.empty());
    CHECK(errors[1].find(second) != std::string::npos && errors[1].empty() == second.empty());
  }

  std::shared_ptr<Meeting> meeting = std::make_shared<Meeting>(2);
  std::vector<std::unique_ptr<Solver>> solvers;
  std::vector<std::shared_ptr<InProcess>> reducers;
};

void check_near(const std::vector<float>& values, const std::vector<float>& expected) {
  CHECK_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) CHECK_NEAR(values[i], expected[i], 1e-4, 1e-5);
}

TEST(two_solvers_are_one_with_twice_the_batch) {
  for (const std::string more : {"", "iter_size: 2", "iter_size: 2 clip_gradients: 0.3",
                                 "type: 'Adam' momentum2: 0.99 clip_gradients: 0.1"}) {
    const auto one = alone(4, more);
    World world(more);
    one->step(6);
    world.check_errors(6, "", "");
    check_near(weights(*world.solvers[0]), weights(*one));
    CHECK(same_bits(weights(*world.solvers[0]), weights(*world.solvers[1])));
    for (const auto& solver : world.solvers) {
      CHECK_NEAR(solver->smoothed_loss(), one->smoothed_loss(), 1e-4, 0);
    }
  }
}

TEST(solvers_of_a_world_clip_as_one_does) {
  const Log log;
  World world("clip_gradients: 0.01");
  world.check_errors(1, "", "");
  const int64_t clipped = log.count("Gradient clipping: scaling down gradients (L2 norm ");
  CHECK_EQ(clipped, 2);
}

TEST(solvers_of_a_world_have_the_same_bits_with_any_threads) {
  std::vector<float> expected;
  for (const int threads : {1, 2, 3}) {
    World world("iter_size: 2 clip_gradients: 0.3", 20000);
    for (const std::string& error : world.step(4, threads)) CHECK_EQ(error, "");
    if (expected.empty()) expected = weights(*world.solvers[0]);
    for (const auto& solver : world.solvers) CHECK(same_bits(weights(*solver), expected));
  }
}

// Rank 0 does the passes 0, 2, ..., rank 1 the others, and randomness goes by the pass: what one
// solver drops in two passes of an iteration the two drop in one.
TEST(solvers_of_a_world_drop_what_one_drops_in_as_many_passes) {
  const auto one = alone(2, "iter_size: 2 # dropout\n");
  World world("# dropout\n");
  one->step(5);
  world.check_errors(5, "", "");
  check_near(weights(*world.solvers[0]), weights(*one));
}

TEST(solvers_of_a_world_lower_their_rates_together) {
  const std::string plateau =
      "lr_policy: 'plateau' gamma: 0.7 plateau_winsize: 1 plateau_winsize: 2 plateau_winsize: 1 ";
  const auto one = alone(4, plateau);
  World world(plateau);
  one->step(9);
  world.check_errors(9, "", "");
  CHECK(one->learning_rate() < 0.09f);
  for (const auto& solver : world.solvers) CHECK_EQ(solver->learning_rate(), one->learning_rate());
}

TEST(a_reducer_that_fails_ends_the_training_of_all) {
  World world("");
  world.reducers[1]->fails_at = 2;
  world.check_errors(5, "another solver has failed", "the network is gone");
  for (const auto& solver : world.solvers) CHECK_EQ(solver->iter(), 2);
  CHECK(same_bits(weights(*world.solvers[0]), weights(*world.solvers[1])));
}

TEST(an_error_in_one_solver_ends_the_training_of_all) {
  World world("");
  world.solvers[0]->add_callback([&](int event) {
    const bool second = world.solvers[0]->iter() == 1;
    if (event == Solver::kBeforeStep && second) fail(Status::kCallback, "no");
  });
  world.check_errors(5, "no", "another solver has failed");
}

// The one whose loss is fine must not make an update by the other's gradient either.
TEST(a_gradient_that_is_no_number_in_one_solver_ends_the_training_of_all) {
  World world("");
  world.solvers[1]->add_callback([&](int event) {
    if (event != Solver::kBeforeStep || world.solvers[1]->iter() != 3) return;
    world.solvers[1]->net()->learnable()[0].blob->data().update()[0] = std::nanf("");
  });
  world.check_errors(5, "training cannot go on: the loss is nan",
                     "training cannot go on: the loss is nan");
  for (const float value : weights(*world.solvers[0])) CHECK(std::isfinite(value));
  CHECK_EQ(world.solvers[0]->iter(), 3);
}

TEST(solvers_of_a_world_stop_together) {
  World world("");
  world.solvers[1]->add_callback([&](int event) {
    if (event == Solver::kBeforeStep && world.solvers[1]->iter() == 2) {
      world.solvers[1]->request_stop();
    }
  });
  world.check_errors(9, "", "");
  for (const auto& solver : world.solvers) {
    CHECK_EQ(solver->iter(), 3);
    CHECK(solver->stopped_early());
  }
}

// A stop in a test of the root ends the test, and the training of all behind the next iteration.
TEST(a_stop_in_a_test_stops_the_world) {
  const Log log;
  World world("test_iter: 50 test_interval: 2 display: 1");
  world.solvers[0]->test_nets()[0]->add_callback([&](Net::Event, size_t) {
    if (world.solvers[0]->iter() == 2) world.solvers[0]->request_stop();
  });
  world.check_errors(9, "", "");
  for (const auto& solver : world.solvers) CHECK_EQ(solver->iter(), 3);
  CHECK_EQ(log.count("Testing net (#0)"), 2);  // rank 0 alone tests and displays
  CHECK_EQ(log.count("Test interrupted."), 1);
  CHECK_EQ(log.count("), loss = "), 3);
}

// What goes out when: gradients of the upper layers while the lower ones still compute, and those
// of a shared parameter when its lowest user is done.
TEST(gradients_leave_as_soon_as_they_are_complete) {
  const auto solver = alone(2, "iter_size: 2");
  const auto reducer = std::make_shared<InProcess>(std::make_shared<Meeting>(1), 0);
  solver->set_reducer(reducer);
  std::string events;
  solver->net()->add_callback([&](Net::Event event, size_t layer) {
    const std::string& name = solver->net()->layer(layer).name();
    if (event == Net::kAfterBackward) events += name.substr(0, 4) + " ";
  });
  reducer->on_ready = [&](size_t count) { events += str("[", count, "] "); };
  solver->step(1);
  const std::string pass = "loss last two own tanh one item ";
  CHECK_EQ(events, pass + "[16] loss last [32] two own [32] tanh one [32] item ");
}

TEST(who_has_pinned_a_gradient_sees_the_sums) {
  for (const bool pinned_before : {true, false}) {
    const auto one = alone(4, "");
    World world("", 2);
    const auto blob = world.solvers[0]->net()->learnable()[0].blob;
    if (pinned_before) world.solvers[0]->set_reducer(nullptr);
    const std::shared_ptr<float> pin = blob->diff_storage()->pin(blob->shape());
    if (pinned_before) world.solvers[0]->set_reducer(world.reducers[0]);
    one->step(1);
    world.check_errors(1, "", "");
    const auto expected = one->net()->learnable()[0].blob;
    for (int64_t i = 0; i < blob->count(); ++i) {
      CHECK_NEAR(pin.get()[i], 2 * expected->diff().read()[i], 1e-4, 1e-6);
    }
    check_near(weights(*world.solvers[0]), weights(*one));
    blob->diff_storage()->unpin();
  }
}

}  // namespace
}  // namespace caffe
