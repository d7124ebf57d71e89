// Solvers.
#include "solver/solver.hpp"
#include "api/callbacks.hpp"
#include "api/objects.hpp"
#include "api/options.hpp"
#include "api/text.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "solver/update_rule.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

class SolverObject : public Object {
 public:
  static constexpr const char* kKind = "solver";
  const char* kind() const override { return kKind; }

  explicit SolverObject(std::unique_ptr<Solver> solver_) : solver(std::move(solver_)) {}

  const std::unique_ptr<Solver> solver;
  Lent lent;  // its nets
  const std::shared_ptr<SolverRun> run = std::make_shared<SolverRun>();
  AddedCallbacks<caffe_solver_callback> callbacks;
};

// `read(lenient)` gives the upgraded definition.
template <class Read>
caffe_solver* make(const char* options, const std::string& source, const Read& read) {
  const SolverSetup setup{parse_solver_options(options), source};
  const SolverParameter param = read(setup.options.net->lenient);
  return new_handle<caffe_solver>(std::make_shared<SolverObject>(make_solver(param, setup)));
}

// Whether a call may be made by the solver's own callbacks too.
enum class FromCallback { kNo, kYes };

// The solver, marked as running until the result goes.
class RunningSolver {
 public:
  explicit RunningSolver(caffe_solver* handle, FromCallback from_callback = FromCallback::kNo)
      : object_(get<SolverObject>(handle, "solver")),
        running_(from_callback == FromCallback::kYes && object_->run->in_callback()
                     ? nullptr
                     : &object_->run->runner,
                 "solver") {}
  Solver* operator->() const { return object_->solver.get(); }
  SolverObject& object() const { return *object_; }

 private:
  const std::shared_ptr<SolverObject> object_;
  const Running running_;
};

size_t test_net_at(const Solver& solver, int64_t index) {
  const size_t count = solver.test_nets().size();
  if (index < 0 || index >= static_cast<int64_t>(count)) {
    fail(Status::kNotFound, "the solver has no test net ", index, ", only ", count);
  }
  return static_cast<size_t>(index);
}

template <class T, class Of>
caffe_status value_of(const char* function, T* value, const char* name, caffe_solver* solver,
                      const Of& of) {
  return barrier(function, [&] {
    require(value, name);
    *value = of(*get<SolverObject>(solver, "solver")->solver);
  });
}

caffe_net* lend_net(const std::shared_ptr<SolverObject>& object, const std::shared_ptr<Net>& net) {
  return object->lent.lend<caffe_net>(
      net.get(), [&] { return std::make_shared<NetObject>(net, object->run); });
}

}  // namespace

caffe_status caffe_solver_create(caffe_solver** solver, const char* file, const char* options) {
  return barrier(__func__, [&] {
    require(solver, "solver");
    const std::string path = required_text(file, "file");
    *solver = make(options, path, [&](bool lenient) { return read_solver(path, lenient); });
  });
}

caffe_status caffe_solver_create_from_text(caffe_solver** solver, const char* text,
                                           const char* options) {
  return barrier(__func__, [&] {
    require(solver, "solver");
    require(text, "text");
    *solver =
        make(options, "", [&](bool lenient) { return read_solver_text(text, "<text>", lenient); });
  });
}

void caffe_solver_destroy(caffe_solver* solver) {
  if (solver == nullptr) return;
  barrier(__func__, [&] {
    get<SolverObject>(solver, "solver")->lent.end();
    remove_object(reinterpret_cast<uintptr_t>(solver));
  });
}

caffe_status caffe_solver_type(const char** type, caffe_solver* solver) {
  return value_of(__func__, type, "type", solver, [](Solver& of) { return of.type().c_str(); });
}

caffe_status caffe_solver_prototxt(char** text, caffe_solver* solver) {
  return value_of(__func__, text, "text", solver,
                  [](Solver& of) { return owned_text(print_text(of.param())); });
}

caffe_status caffe_solver_net(caffe_net** net, caffe_solver* solver) {
  return barrier(__func__, [&] {
    require(net, "net");
    const auto object = get<SolverObject>(solver, "solver");
    *net = lend_net(object, object->solver->net());
  });
}

caffe_status caffe_solver_test_net_count(int64_t* count, caffe_solver* solver) {
  return value_of(__func__, count, "count", solver,
                  [](Solver& of) { return static_cast<int64_t>(of.test_nets().size()); });
}

caffe_status caffe_solver_test_net(caffe_net** net, caffe_solver* solver, int64_t index) {
  return barrier(__func__, [&] {
    require(net, "net");
    const auto object = get<SolverObject>(solver, "solver");
    *net = lend_net(object, object->solver->test_nets()[test_net_at(*object->solver, index)]);
  });
}

caffe_status caffe_solver_test_score_count(int64_t* count, caffe_solver* solver, int64_t test_net) {
  return value_of(__func__, count, "count", solver, [&](Solver& of) {
    return static_cast<int64_t>(of.scores(test_net_at(of, test_net)).size());
  });
}

caffe_status caffe_solver_test_score(const char** name, float* score, caffe_solver* solver,
                                     int64_t test_net, int64_t index) {
  return barrier(__func__, [&] {
    require(name, "name");
    require(score, "score");
    const Solver& of = *get<SolverObject>(solver, "solver")->solver;
    const auto scores = of.scores(test_net_at(of, test_net));
    if (index < 0 || index >= static_cast<int64_t>(scores.size())) {
      fail(Status::kNotFound, "test net ", test_net, " has no score ", index, ", only ",
           scores.size(), scores.empty() ? ": it has not been tested" : "");
    }
    *name = scores[static_cast<size_t>(index)].name;
    *score = scores[static_cast<size_t>(index)].value;
  });
}

caffe_status caffe_solver_step(caffe_solver* solver, int64_t iterations) {
  return barrier(__func__, [&] {
    const RunningSolver target(solver);
    if (iterations < 0) fail_argument("iterations is ", iterations);
    target->step(iterations);
  });
}

caffe_status caffe_solver_solve(caffe_solver* solver, const char* snapshot) {
  return barrier(__func__,
                 [&] { RunningSolver(solver)->solve(snapshot == nullptr ? "" : snapshot); });
}

caffe_status caffe_solver_apply_update(caffe_solver* solver) {
  return barrier(__func__, [&] { RunningSolver(solver)->apply_update(); });
}

caffe_status caffe_solver_test(caffe_solver* solver) {
  return barrier(__func__, [&] { RunningSolver(solver, FromCallback::kYes)->test_all(); });
}

caffe_status caffe_solver_snapshot(char** file, caffe_solver* solver) {
  return barrier(__func__, [&] {
    const std::string path = RunningSolver(solver, FromCallback::kYes)->snapshot();
    if (file != nullptr) *file = owned_text(path);
  });
}

caffe_status caffe_solver_restore(caffe_solver* solver, const char* file) {
  return barrier(__func__, [&] { RunningSolver(solver)->restore(required_text(file, "file")); });
}

caffe_status caffe_solver_iter(int64_t* iter, caffe_solver* solver) {
  return value_of(__func__, iter, "iter", solver, [](Solver& of) { return of.iter(); });
}

caffe_status caffe_solver_max_iter(int64_t* iter, caffe_solver* solver) {
  return value_of(__func__, iter, "iter", solver, [](Solver& of) { return of.max_iter(); });
}

caffe_status caffe_solver_loss(float* loss, caffe_solver* solver) {
  return value_of(__func__, loss, "loss", solver, [](Solver& of) { return of.smoothed_loss(); });
}

caffe_status caffe_solver_learning_rate(float* rate, caffe_solver* solver) {
  return value_of(__func__, rate, "rate", solver, [](Solver& of) { return of.learning_rate(); });
}

caffe_status caffe_solver_request_stop(caffe_solver* solver) {
  return barrier(__func__, [&] { get<SolverObject>(solver, "solver")->solver->request_stop(); });
}

caffe_status caffe_solver_add_callback(caffe_solver* solver, caffe_solver_callback callback,
                                       void* user) {
  return barrier(__func__, [&] {
    const RunningSolver target(solver);
    if (callback == nullptr) fail_argument("callback is NULL");
    // A raw pointer: the object owns the solver, which owns the callback.
    SolverObject* owner = &target.object();
    const int64_t id = target->add_callback([=](int event) {
      struct Scope {
        explicit Scope(SolverObject* of) : owner(of) {
          owner->run->callback_thread = thread_number();
        }
        ~Scope() { owner->run->callback_thread = 0; }
        SolverObject* owner;
      } const scope(owner);
      run_callback("solver", [&] { return callback(solver, event, user); });
    });
    owner->callbacks.add(callback, user, id);
  });
}

caffe_status caffe_solver_remove_callback(caffe_solver* solver, caffe_solver_callback callback,
                                          void* user) {
  return barrier(__func__, [&] {
    const RunningSolver target(solver);
    target.object().callbacks.take(callback, user,
                                   [&](int64_t id) { target->remove_callback(id); });
  });
}

caffe_status caffe_solver_type_count(int64_t* count) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = static_cast<int64_t>(update_rule_registry().names().size());
  });
}

caffe_status caffe_solver_type_name(const char** name, int64_t index) {
  return barrier(__func__,
                 [&] { name_at(name, update_rule_registry().names(), index, "solver type"); });
}
