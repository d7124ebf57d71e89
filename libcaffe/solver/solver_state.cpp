#include "solver/solver_state.hpp"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "core/error.hpp"
#include "core/file_kind.hpp"
#include "core/files.hpp"
#include "data/hdf5.hpp"
#include "schema/files.hpp"
#include "schema/wire.hpp"

namespace caffe {

namespace {

bool ends_with_h5(const std::string& path) {
  return path.ends_with(".h5") || path.ends_with(".hdf5");
}

// An HDF5 file of another kind is named as what it is.
void check_is_state(const Hdf5File& file) {
  if (file.is_dataset("iter")) return;
  if (file.is_group("data")) {
    fail(Status::kParse, file.path(), ": these are weights in HDF5, not a solver state");
  }
  fail(Status::kParse, file.path(), ": this is an HDF5 file without \"iter\", not a solver state");
}

std::vector<float> read_floats(const Hdf5File& file, const std::string& name) {
  constexpr int64_t kMost = 1 << 24;  // more than any training has in mind
  const int64_t count = file.shape(name).count();
  if (count > kMost) {
    fail(Status::kParse, file.path(), ": ", quoted(name), " has ", count, " values");
  }
  std::vector<float> values(static_cast<size_t>(count));
  file.read_floats(name, values.data(), static_cast<int64_t>(values.size()));
  return values;
}

SolverState read_hdf5(const std::string& path) {
  const Hdf5File file = Hdf5File::open(path);
  check_is_state(file);
  SolverState state;
  state.set_iter(file.read_int("iter"));
  if (file.exists("learned_net")) state.set_learned_net(file.read_string("learned_net"));
  if (file.exists("current_step")) state.set_current_step(file.read_int("current_step"));
  if (file.exists("minimum_loss")) {
    float minimum = 0;
    file.read_floats("minimum_loss", &minimum, 1);
    state.set_minimum_loss(minimum);
  }
  if (file.exists("iter_last_event")) state.set_iter_last_event(file.read_int("iter_last_event"));
  if (file.exists("recent_loss")) state.recent_loss = read_floats(file, "recent_loss");
  const size_t count = file.list("history").size();
  for (size_t i = 0; i < count; ++i) {
    const std::string name = str("history/", i);
    BlobProto& proto = state.history.emplace_back();
    const Shape shape = file.shape(name);
    for (int axis = 0; axis < shape.axes(); ++axis) {
      proto.shape.mut().dim.push_back(shape.dim(axis));
    }
    proto.shape.mut();
    std::vector<float>& values = proto.data.own();
    values.resize(static_cast<size_t>(shape.count()));
    file.read_floats(name, values.data(), shape.count());
  }
  return state;
}

// A complete file beside its target; gone unless it takes the target's place.
class PreparedFile {
 public:
  PreparedFile(std::string written, std::string target)
      : written_(std::move(written)), target_(std::move(target)) {}
  ~PreparedFile() { std::filesystem::remove(written_, ignored_); }
  PreparedFile(const PreparedFile&) = delete;
  PreparedFile& operator=(const PreparedFile&) = delete;

  void commit() const {
    std::error_code error;
    std::filesystem::rename(written_, target_, error);
    if (error) fail(Status::kIo, "cannot write ", quoted(target_), ": ", error.message());
  }

 private:
  const std::string written_, target_;
  std::error_code ignored_;
};

std::function<void()> prepare_hdf5(const std::string& path, const SolverState& state) {
  const std::string written = str(path, ".", ::getpid(), ".tmp");
  Hdf5File file = Hdf5File::create(written);
  file.write_int("iter", state.iter);
  file.write_string("learned_net", state.learned_net);
  file.write_int("current_step", state.current_step);
  if (state.has_minimum_loss()) {
    file.write_floats("minimum_loss", Shape({1}), &state.minimum_loss);
    file.write_int("iter_last_event", state.iter_last_event);
  }
  if (!state.recent_loss.empty()) {
    file.write_floats("recent_loss", Shape({static_cast<int64_t>(state.recent_loss.size())}),
                      state.recent_loss.data());
  }
  file.create_group("history");
  for (size_t i = 0; i < state.history.size(); ++i) {
    const BlobProto& proto = state.history[i];
    file.write_floats(str("history/", i), Shape(proto.shape->dim), proto.data.data());
  }
  const auto prepared = std::make_shared<PreparedFile>(written, path);
  file.commit();
  return [prepared] { prepared->commit(); };
}

SolverState read_binary(const std::string& path) {
  SolverState state = read_solver_state(path);
  if (!state.has_iter()) {
    fail(Status::kParse, path, ": not a solver state: it does not say its iteration");
  }
  return state;
}

std::function<void()> prepare_binary(const std::string& path, const SolverState& state) {
  const auto file = std::make_shared<AtomicFile>(path);
  write_wire(state, [&](std::string_view bytes) { file->write(bytes); });
  return [file] { file->commit(); };
}

}  // namespace

SolverState load_solver_state(const std::string& path) {
  return is_hdf5_file(path) ? read_hdf5(path) : read_binary(path);
}

std::function<void()> prepare_solver_state(const std::string& path, const SolverState& state) {
  return ends_with_h5(path) ? prepare_hdf5(path, state) : prepare_binary(path, state);
}

}  // namespace caffe
