// Making a solver and its nets, and the loop of iterations, tests and snapshots. An iteration's
// parts are elsewhere: the step that changes parameters in update.cpp, snapshots in snapshot.cpp,
// what is logged of outputs and speed in report.cpp.
#include "solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/divide_up.hpp"
#include "core/log.hpp"
#include "core/threads.hpp"
#include "schema/text.hpp"
#include "schema/unread_fields.hpp"
#include "solver/net_choice.hpp"
#include "solver/settings.hpp"
#include "solver/solver_state.hpp"
#include "solver/zero_weights.hpp"

namespace caffe {

std::unique_ptr<Solver> make_solver(const SolverParameter& param, const SolverSetup& setup) {
  return std::make_unique<Solver>(param, setup);
}

Solver::Solver(const SolverParameter& param, const SolverSetup& setup)
    : param_(param), setup_(setup), snapshots_(param_, setup_.survive_failed_snapshots) {
  const SolverOptions& options = setup_.options;
  for (const auto* weights : {&options.weights, &options.net->weights}) {
    param_.weights.insert(param_.weights.end(), weights->begin(), weights->end());
  }
  if (options.has_type()) param_.set_type(options.type);
  settle_snapshot_prefix(param_, setup_.source);
  CAFFE_LOG(kInfo, "Initializing solver from parameters: \n", print_text(param_));
  with_context([&] { return setup_.source.empty() ? "solver" : setup_.source; },
               [&] {
                 check_options(setup_.options);
                 settle_device(param_, setup_.options.net.mut());
                 IgnoredFields ignored;
                 settle_unread_fields(param_, setup_.options.net->lenient, ignored);
                 warn_of_ignored(ignored, setup_.source);
                 check_settings(param_);
                 auto rule = update_rule_registry().find(param_.type)(param_);
                 make_train_net();
                 updater_ = std::make_unique<Updater>(param_, std::move(rule), *net_);
                 make_test_nets();
               });
  CAFFE_LOG(kInfo, "Solver scaffolding done.");
}

Solver::~Solver() = default;

// Nets draw from their own seeds: those of one random_seed are the same whatever else the process
// has made.
uint64_t Solver::net_seed(uint64_t index) const {
  const NetOptions& given = *setup_.options.net;
  if (!given.has_seed() && param_.random_seed < 0) return next_net_seed();
  const uint64_t seed = given.has_seed() ? given.seed : static_cast<uint64_t>(param_.random_seed);
  if (index == 0) return seed;
  const auto words = philox(seed, 0x74657374, index);
  return (uint64_t{words[0]} << 32) | words[1];
}

std::shared_ptr<Net> Solver::make_net(const NetChoice& choice, uint64_t index) {
  NetSetup setup{choice.state, *setup_.options.net, choice.file};
  setup.options.set_seed(net_seed(index));
  if (index > 0) setup.options.set_force_backward(false);
  return std::make_shared<Net>(choice.param, setup);
}

std::vector<std::string> Solver::weight_files() const {
  std::vector<std::string> files;
  for (const std::string& list : param_.weights) {
    for (const std::string& file : split_list(list)) {
      CAFFE_LOG(kInfo, "Finetuning from ", file);
      files.push_back(file);
    }
  }
  return files;
}

void Solver::make_train_net() {
  const NetChoice choice = choose_train_net(param_, setup_.options.net->lenient);
  const bool in_file = choice.file != choice.source;
  CAFFE_LOG(kInfo, "Creating training net ", in_file ? "from " : "specified in ", choice.source);
  net_ = make_net(choice, 0);
  net_->load_weight_files(weight_files());
}

void Solver::make_test_nets() {
  const std::vector<NetChoice> choices = choose_test_nets(param_, setup_.options.net->lenient);
  for (size_t i = 0; i < choices.size(); ++i) {
    CAFFE_LOG(kInfo, "Creating test net (#", i, ") specified by ", choices[i].source);
    test_nets_.push_back(make_net(choices[i], i + 1));
    share_weights(*test_nets_.back(), i);
  }
  scores_.resize(test_nets_.size());
}

// What only the test net has comes from the training's files of weights, or is worth a word.
void Solver::share_weights(Net& test_net, size_t number) {
  std::vector<size_t> left = test_net.share_weights(*net_);
  if (left.empty()) return;
  test_net.load_others_weight_files(weight_files());
  left.erase(std::remove_if(left.begin(), left.end(), [&](size_t i) { return test_net.loaded(i); }),
             left.end());
  if (left.empty()) return;
  CAFFE_LOG(kWarning, "Test net #", number, ": the training net has nothing for ",
            test_net.layer_names(left), ": tests run with what their fillers gave them");
}

int64_t Solver::add_callback(std::function<void(int event)> callback) {
  return callbacks_.add(std::move(callback));
}

bool Solver::test_is_due() const {
  return param_.test_interval > 0 && iter_ % param_.test_interval == 0 &&
         (iter_ > 0 || param_.test_initialization) && is_root();
}

void Solver::step(int64_t n) {
  const NumThreadsScope threads(static_cast<int>(setup_.options.net->threads));
  const int64_t start = iter_;
  stopped_early_ = false;
  losses_.clear();
  smoothed_loss_ = 0;
  display_.begin(start);
  if (!std::exchange(begun_, true)) begin_training();
  stepping_ = true;
  try {
    while (iter_ < start + n && !stopped_early_) iterate();
  } catch (...) {
    stepping_ = false;
    stop_requested_ = false;  // this was the end it asked for
    if (exchange_ != nullptr) exchange_->abandon();
    throw;
  }
  stepping_ = false;
}

void Solver::iterate() {
  net_->clear_param_diffs();
  if (test_is_due()) {
    test_all();
    if (stopped_early_) return;
  }
  callbacks_(kBeforeStep);
  net_->set_debug_info(displays(iter_) && param_.debug_info);
  const float loss = forward_backward();
  remember_loss(loss);
  if (displays(iter_)) display_.show(*net_, iter_, smoothed_loss_);
  callbacks_(kGradientsReady);
  if (!std::isfinite(loss)) finite_check_.check_gradients(*net_, iter_, loss);
  // Not before: an iteration that ends here, or begins anew from a callback's snapshot, has its
  // loss then.
  updater_->add_loss(loss);
  apply_update();
  ++iter_;
  callbacks_(kAfterStep);
  if (stop_is_due()) stopped_early_ = true;  // a callback's test may have seen it
  snapshot_when_due();
}

// The loss of an iteration, of all solvers' passes.
float Solver::forward_backward() {
  float sum = 0, mean = 0;
  for (int i = 0; i < param_.iter_size; ++i) {
    const float loss = net_->forward();
    finite_check_.watch_loss(*net_, iter_, loss);
    sum += loss;
    mean = sum / static_cast<float>(param_.iter_size);
    if (exchange_ != nullptr && i + 1 == param_.iter_size) {
      exchange_->begin({mean, stop_requested_.exchange(false)});
    }
    net_->backward();
  }
  if (exchange_ == nullptr) return mean;
  const GradientExchange::Iteration all = exchange_->end();
  all_stop_ = all.stop;
  return all.loss;
}

bool Solver::stop_is_due() {
  return exchange_ != nullptr ? std::exchange(all_stop_, false) : stop_requested_.exchange(false);
}

void Solver::set_reducer(std::shared_ptr<Reducer> reducer) {
  exchange_.reset();
  if (reducer != nullptr) {
    exchange_ = std::make_unique<GradientExchange>(*net_, std::move(reducer));
  }
  seek_nets();
}

// What can be looked at before the first step, when whoever has made the solver has also filled
// its net.
void Solver::begin_training() {
  warn_of_zero_weights(*net_);
  finite_check_.begin(*net_);
}

void Solver::remember_loss(float loss) {
  losses_.add(loss, param_.average_loss);
  smoothed_loss_ = losses_.mean();
}

void Solver::apply_update() {
  updater_->apply(iter_, displays(iter_), world());
}

void Solver::test_all() {
  if (!stepping_) stopped_early_ = false;  // what ended an earlier training is over
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    if (!test(i)) return;
  }
}

bool Solver::test(size_t id) {
  CAFFE_LOG(kInfo, "Iteration ", iter_, ", Testing net (#", id, ")");
  Net& net = *test_nets_[id];
  net.share_weights(*net_);
  const int batches = param_.test_iter[id];
  OutputMeans means(net);
  for (int batch = 0; batch < batches; ++batch) {
    if (snapshots_.requested()) snapshot_when_due();
    if (stop_requested_) {
      // Solvers that train together stop behind the iteration that comes.
      if (exchange_ == nullptr || !stepping_) stopped_early_ = stop_requested_.exchange(false);
      CAFFE_LOG(kInfo, "Test interrupted.");
      return false;
    }
    means.add(net.forward());
  }
  if (batches <= 0) return true;
  if (param_.test_compute_loss) CAFFE_LOG(kInfo, "Test loss: ", static_cast<float>(means.loss()));
  std::vector<Score> scores;
  for (const auto& [blob, mean] : means.values()) {
    const std::string& name = net.blob_names()[blob];
    CAFFE_LOG(kInfo, "    Test net output #", scores.size(), ": ", name, " = ",
              static_cast<float>(mean), share_of_loss(net, blob, mean));
    scores.push_back({name.c_str(), static_cast<float>(mean)});
  }
  const std::lock_guard<Mutex> lock(scores_mutex_);
  scores_[id] = std::move(scores);
  return true;
}

void Solver::solve(const std::string& snapshot_file) {
  CAFFE_LOG(kInfo, "Solving ", net_->name());
  CAFFE_LOG(kInfo, "Learning Rate Policy: ", param_.lr_policy);
  if (!snapshot_file.empty()) restore(snapshot_file);
  if (max_iter() <= iter_) {
    CAFFE_LOG(kWarning, "max_iter is ", max_iter(), " and the training at iteration ", iter_,
              ": there is nothing to train");
  }
  step(std::max<int64_t>(max_iter() - iter_, 0));
  finite_check_.check_parameters(*net_, iter_);
  if (param_.snapshot_after_train && !snapshots_.has_taken(iter_) && is_root()) snapshot();
  if (stopped_early_) {
    CAFFE_LOG(kInfo, "Optimization stopped early.");
    return;
  }
  // The last update has not been seen yet in a loss or a test.
  if (displays(iter_)) {
    remember_loss(net_->forward());
    CAFFE_LOG(kInfo, "Iteration ", iter_, ", loss = ", smoothed_loss_);
  }
  if (param_.test_interval > 0 && iter_ % param_.test_interval == 0 && is_root()) test_all();
  CAFFE_LOG(kInfo, "Optimization Done.");
}

std::string Solver::snapshot() {
  finite_check_.check_parameters(*net_, iter_);
  SolverState state;
  state.set_iter(static_cast<int32_t>(iter_));
  updater_->save(state);
  return snapshots_.write(*net_, state);
}

void Solver::snapshot_when_due() {
  if (is_root()) snapshots_.take_when_due(iter_, [&] { snapshot(); });
}

void Solver::restore(const std::string& path) {
  const SolverState state = load_solver_state(path);
  if (state.iter < 0) fail(Status::kParse, path, ": its iteration is ", state.iter);
  updater_->check_fits(state, path);
  load_snapshot_weights(state, path, *net_);
  updater_->restore(state);
  iter_ = state.iter;
  begun_ = false;
  seek_nets();
}

// Every net goes to where an uninterrupted training would have it before this iteration.
void Solver::seek_nets() {
  // Of w solvers that train together the one of rank r does the passes r, r + w, r + 2 w ...
  net_->seek(iter_ * param_.iter_size * world() + rank(), world());
  if (param_.test_interval <= 0) return;
  int64_t tests = divide_up(iter_, param_.test_interval);
  if (!param_.test_initialization && iter_ > 0) --tests;
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    test_nets_[i]->seek(tests * param_.test_iter[i]);
  }
}

}  // namespace caffe
