// Making a solver and its nets, the loop of iterations, tests and snapshots. What changes the
// parameters is in sgd_solver.cpp. The log lines are those scripts read.
#include "solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <utility>

#include "core/log.hpp"
#include "schema/text.hpp"
#include "schema/unread_fields.hpp"
#include "solver/net_choice.hpp"
#include "solver/not_finite.hpp"
#include "solver/settings.hpp"
#include "solver/zero_weights.hpp"

namespace caffe {

std::unique_ptr<Solver> make_solver(const SolverParameter& param, const SolverSetup& setup) {
  return std::make_unique<Solver>(param, setup);
}

Solver::Solver(const SolverParameter& param, const SolverSetup& setup)
    : param_(param), setup_(setup) {
  if (setup_.kernels == nullptr) setup_.kernels = &cpu_kernels();
  param_.weights.insert(param_.weights.end(), setup_.weights.begin(), setup_.weights.end());
  settle_snapshot_prefix(param_, setup_.source);
  CAFFE_LOG(kInfo, "Initializing solver from parameters: \n", print_text(param_));
  with_context([&] { return setup_.source.empty() ? "solver" : setup_.source; },
               [&] {
                 check_device(param_, setup_.device);
                 IgnoredFields ignored;
                 settle_unread_fields(param_, setup_.lenient, ignored);
                 warn_of_ignored(ignored, setup_.source);
                 check_settings(param_);
                 rule_ = update_rule_registry().find(param_.type)(param_);
                 make_train_net();
                 make_test_nets();
               });
  CAFFE_LOG(kInfo, "Solver scaffolding done.");
}

Solver::~Solver() = default;

// Nets draw from their own seeds: those of one random_seed are the same whatever else the process
// has made.
uint64_t Solver::net_seed(uint64_t index) const {
  if (!setup_.seed && param_.random_seed < 0) return next_net_seed();
  const uint64_t seed = setup_.seed.value_or(static_cast<uint64_t>(param_.random_seed));
  if (index == 0) return seed;
  const auto words = philox(seed, 0x74657374, index);
  return (uint64_t{words[0]} << 32) | words[1];
}

std::shared_ptr<Net> Solver::make_net(const NetChoice& choice, uint64_t index) {
  NetSetup setup;
  setup.state = choice.state;
  setup.kernels = setup_.kernels;
  setup.seed = net_seed(index);
  setup.force_backward = setup_.force_backward && index == 0;
  setup.dialect = setup_.dialect;
  setup.tuning = setup_.tuning;
  setup.lenient = setup_.lenient;
  setup.source = choice.file;
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
  const NetChoice choice = choose_train_net(param_, setup_.lenient);
  const bool in_file = choice.file != choice.source;
  CAFFE_LOG(kInfo, "Creating training net ", in_file ? "from " : "specified in ", choice.source);
  net_ = make_net(choice, 0);
  net_->load_weight_files(weight_files());
  for (size_t k = 0; k < rule_->histories(); ++k) {
    for (const Net::Learnable& each : net_->learnable()) {
      history_.push_back(std::make_shared<Blob>(each.blob->shape()));
    }
  }
}

void Solver::make_test_nets() {
  const std::vector<NetChoice> choices = choose_test_nets(param_, setup_.lenient);
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

void Solver::call(Event event) {
  callbacks_(event);
}

bool Solver::test_is_due() const {
  return param_.test_interval > 0 && iter_ % param_.test_interval == 0 &&
         (iter_ > 0 || param_.test_initialization);
}

void Solver::step(int64_t n) {
  const int64_t start = iter_;
  stopped_early_ = false;
  losses_.clear();
  smoothed_loss_ = 0;
  displayed_at_ = std::chrono::steady_clock::now();
  displayed_iter_ = start - 1;
  displayed_wait_.reset();
  if (!std::exchange(begun_, true)) begin_training();
  stepping_ = true;
  try {
    while (iter_ < start + n && !stopped_early_) iterate();
  } catch (...) {
    stepping_ = false;
    stop_requested_ = false;  // this was the end it asked for
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
  call(kBeforeStep);
  net_->set_debug_info(displays(iter_) && param_.debug_info);
  const float loss = forward_backward();
  remember_loss(loss);
  policy_losses_.add(loss, param_.average_loss);
  if (displays(iter_)) display();
  call(kGradientsReady);
  if (!std::isfinite(loss)) check_gradients(loss);
  apply_update();
  ++iter_;
  call(kAfterStep);
  if (stop_requested_.exchange(false)) stopped_early_ = true;  // a callback's test may have seen it
  snapshot_as_asked();
}

float Solver::forward_backward() {
  float sum = 0;
  for (int i = 0; i < param_.iter_size; ++i) {
    const float loss = net_->forward();
    watch_loss(loss);
    net_->backward();
    sum += loss;
  }
  return sum / static_cast<float>(param_.iter_size);
}

// Where a loss that is no number came from can only be seen now.
void Solver::watch_loss(float loss) {
  if (std::isfinite(loss) || said_not_finite_) return;
  said_not_finite_ = true;
  const std::string place = first_not_finite(*net_);
  CAFFE_LOG(kWarning, "Iteration ", iter_, ": the loss is ", loss, "; first not finite is ",
            place.empty() ? "the loss itself" : place);
}

// What can be looked at before the first step, when whoever has made the solver has also filled
// its net.
void Solver::begin_training() {
  warn_of_zero_weights(*net_);
  began_finite_.clear();
  for (const Net::Learnable& each : net_->learnable()) began_finite_.push_back(finite(*each.blob));
}

// A loss that is no number may be an accident of one batch, and training goes on; a gradient that
// is none would make parameters so, from which there is no way back.
void Solver::check_gradients(float loss) const {
  for (const Net::Learnable& each : net_->learnable()) {
    if (each.lr_mult == 0 || finite_diff(*each.blob)) continue;
    const std::string place = first_not_finite(*net_);
    fail(Status::kState, "iteration ", iter_, ": training cannot go on: the loss is ", loss,
         " and the gradient of ", caffe::quoted(each.name), " is not finite; first not finite is ",
         place.empty() ? "that gradient" : place,
         ". The update was not made. A lower base_lr or clip_gradients may help");
  }
}

// Parameters that were finite when training began are no weights any more when they are not.
void Solver::check_parameters() const {
  const std::vector<Net::Learnable>& learnable = net_->learnable();
  for (size_t i = 0; i < began_finite_.size(); ++i) {
    if (!began_finite_[i] || finite(*learnable[i].blob)) continue;
    fail(Status::kState, "iteration ", iter_, ": training has diverged: the parameter ",
         caffe::quoted(learnable[i].name), " is not finite, and no snapshot of it is taken. A ",
         "lower base_lr or clip_gradients may help");
  }
}

void Solver::remember_loss(float loss) {
  losses_.add(loss, param_.average_loss);
  smoothed_loss_ = losses_.mean();
}

namespace {

// " (* 1 = 0.25 loss)" for an output that counts, "" for another.
std::string share_of_loss(float weight, double value) {
  if (weight == 0) return "";
  return str(" (* ", weight, " = ", static_cast<float>(weight * value), " loss)");
}

}  // namespace

// The share of the seconds since the last display in which training stood still for its data. The
// first time it says nothing: the first batches are always waited for.
void Solver::display_wait(double seconds) {
  constexpr double kNotable = 0.05;
  double waited = 0;
  for (size_t i = 0; i < net_->layer_count(); ++i) waited += net_->layer(i).wait_seconds();
  const double share = std::min(1.0, (waited - displayed_wait_.value_or(waited)) / seconds);
  displayed_wait_ = waited;
  if (share < kNotable) return;
  CAFFE_LOG(kInfo, "    Waited for data: ", std::lround(100 * share), "% of the time");
}

void Solver::display() {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - displayed_at_).count();
  const int64_t passes = iter_ - displayed_iter_;
  CAFFE_LOG(kInfo, "Iteration ", iter_, " (", static_cast<float>(passes / seconds), " iter/s, ",
            static_cast<float>(seconds), "s/", passes, " iters), loss = ", smoothed_loss_);
  displayed_at_ = now;
  displayed_iter_ = iter_;
  display_wait(seconds);
  size_t number = 0;
  for (const size_t id : net_->output_ids()) {
    const Blob& blob = *net_->blobs()[id];
    const float* values = blob.data().read();
    for (int64_t i = 0; i < blob.count(); ++i, ++number) {
      CAFFE_LOG(kInfo, "    Train net output #", number, ": ", net_->blob_names()[id], " = ",
                values[i], share_of_loss(net_->blob_loss_weight(id), values[i]));
    }
  }
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
  std::vector<double> sums;
  double loss = 0;
  for (int batch = 0; batch < batches; ++batch) {
    if (snapshot_requested_) snapshot_as_asked();
    if (stop_requested_.exchange(false)) {
      stopped_early_ = true;
      CAFFE_LOG(kInfo, "Test interrupted.");
      return false;
    }
    loss += net.forward();
    size_t number = 0;
    for (const size_t output : net.output_ids()) {
      const Blob& blob = *net.blobs()[output];
      const float* values = blob.data().read();
      sums.resize(std::max(sums.size(), number + static_cast<size_t>(blob.count())));
      for (int64_t i = 0; i < blob.count(); ++i) sums[number++] += values[i];
    }
  }
  if (batches <= 0) return true;
  if (param_.test_compute_loss) CAFFE_LOG(kInfo, "Test loss: ", static_cast<float>(loss / batches));
  size_t number = 0;
  std::vector<Score> scores;
  for (const size_t output : net.output_ids()) {
    for (int64_t i = 0; i < net.blobs()[output]->count(); ++i, ++number) {
      const double mean = sums[number] / batches;
      scores.push_back({net.blob_names()[output].c_str(), static_cast<float>(mean)});
      CAFFE_LOG(kInfo, "    Test net output #", number, ": ", net.blob_names()[output], " = ",
                static_cast<float>(mean), share_of_loss(net.blob_loss_weight(output), mean));
    }
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
  const bool taken = param_.snapshot > 0 && iter_ % param_.snapshot == 0 && !snapshot_failed_;
  check_parameters();
  if (param_.snapshot_after_train && !taken) snapshot();
  if (stopped_early_) {
    CAFFE_LOG(kInfo, "Optimization stopped early.");
    return;
  }
  // The last update has not been seen yet in a loss or a test.
  if (displays(iter_)) {
    remember_loss(net_->forward());
    CAFFE_LOG(kInfo, "Iteration ", iter_, ", loss = ", smoothed_loss_);
  }
  if (param_.test_interval > 0 && iter_ % param_.test_interval == 0) test_all();
  CAFFE_LOG(kInfo, "Optimization Done.");
}

const char* Solver::format_name() const {
  return param_.snapshot_format == SolverParameter::HDF5 ? "HDF5" : "binary proto";
}

std::string Solver::snapshot() {
  check_parameters();
  const char* ending = param_.snapshot_format == SolverParameter::HDF5 ? ".h5" : "";
  const std::string base = str(param_.snapshot_prefix, "_iter_", iter_);
  const std::string weights = base + ".caffemodel" + ending;
  const std::string state = base + ".solverstate" + ending;
  CAFFE_LOG(kInfo, "Snapshotting to ", format_name(), " file ", weights);
  // The state is complete on the disk before the weights take their place, and takes its own
  // last: there is no state whose weights are missing.
  const std::function<void()> commit = prepare_state(state, weights);
  net_->save_weights(weights, param_.snapshot_diff);
  commit();
  return state;
}

void Solver::snapshot_as_asked() {
  const bool scheduled = param_.snapshot > 0 && iter_ % param_.snapshot == 0;
  if (!snapshot_requested_.exchange(false) && !scheduled) return;
  try {
    snapshot();
    snapshot_failed_ = false;
  } catch (const Error& error) {
    snapshot_failed_ = true;
    if (error.status() != Status::kIo || !setup_.survive_failed_snapshots) throw;
    CAFFE_LOG(kError, "The snapshot of iteration ", iter_,
              " failed, training goes on: ", error.what());
  }
}

// Every net goes to where an uninterrupted training would have it before this iteration.
void Solver::seek_nets() {
  net_->seek(iter_ * param_.iter_size);
  if (param_.test_interval <= 0) return;
  int64_t tests = (iter_ + param_.test_interval - 1) / param_.test_interval;
  if (!param_.test_initialization && iter_ > 0) --tests;
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    test_nets_[i]->seek(tests * param_.test_iter[i]);
  }
}

}  // namespace caffe
