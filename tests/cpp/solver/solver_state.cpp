// State files: what is written is read again, and half a file is refused.
#include "solver/solver_state.hpp"

#include "core/files.hpp"
#include "data/hdf5.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;

SolverState example() {
  SolverState state;
  state.set_iter(7);
  state.set_learned_net("s_iter_7.caffemodel");
  state.set_current_step(2);
  for (int64_t count : {6, 2}) {
    BlobProto& proto = state.history.emplace_back();
    proto.shape.mut().dim = {count};
    for (int64_t i = 0; i < count; ++i) proto.data.own().push_back(0.5f * static_cast<float>(i));
  }
  return state;
}

void check_round_trip(const std::string& name) {
  const Folder folder;
  const std::string path = folder.file(name);
  prepare_solver_state(path, example())();
  CHECK_EQ(folder.files(), size_t{1});
  const SolverState state = load_solver_state(path);
  CHECK_EQ(state.iter, 7);
  CHECK_EQ(state.learned_net, "s_iter_7.caffemodel");
  CHECK_EQ(state.current_step, 2);
  CHECK_EQ(state.history.size(), size_t{2});
  CHECK(state.history[0].shape->dim == std::vector<int64_t>{6});
  CHECK_EQ(state.history[0].data[5], 2.5f);
}

TEST(states_keep_what_plateau_remembers) {
  const Folder folder;
  for (const std::string name : {"s.solverstate", "s.solverstate.h5"}) {
    SolverState state = example();
    state.set_minimum_loss(0.25f);
    state.set_iter_last_event(5);
    state.recent_loss = {1.5f, 0.5f};
    prepare_solver_state(folder.file(name), state)();
    const SolverState read = load_solver_state(folder.file(name));
    CHECK_EQ(read.minimum_loss, 0.25f);
    CHECK_EQ(read.iter_last_event, 5);
    CHECK(read.recent_loss == state.recent_loss);
    prepare_solver_state(folder.file(name), example())();
    CHECK(!load_solver_state(folder.file(name)).has_minimum_loss());
  }
}
TEST(state_binary) {
  check_round_trip("s.solverstate");
}
TEST(state_hdf5) {
  check_round_trip("s.solverstate.h5");
}

TEST(state_is_in_place_only_when_committed) {
  const Folder folder;
  for (const std::string name : {"s.solverstate", "s.solverstate.h5"}) {
    folder.file(name, "the one before");
    {
      const auto commit = prepare_solver_state(folder.file(name), example());
    }
    CHECK_EQ(read_file(folder.file(name)), "the one before");
  }
  CHECK_EQ(folder.files(), size_t{2});
}

// The last field is current_step, which older files do without; everything before it is missed.
TEST(truncated_states_are_refused) {
  const Folder folder;
  const std::string path = folder.file("s.solverstate");
  prepare_solver_state(path, example())();
  const std::string bytes = read_file(path);
  int refused = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    folder.file("s.solverstate", bytes.substr(0, size));
    try {
      const SolverState state = load_solver_state(path);
      CHECK(state.history.size() < 2 || !state.has_current_step());
    } catch (const Error& error) {
      CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kParse));
      CHECK(std::string(error.what()).find("s.solverstate") != std::string::npos);
      ++refused;
    }
  }
  // All but the ends of the five fields, as far as they come after the iteration.
  CHECK_EQ(refused, static_cast<int>(bytes.size()) - 4);
}

TEST(truncated_hdf5_states_are_refused) {
  const Folder folder;
  const std::string path = folder.file("s.solverstate.h5");
  prepare_solver_state(path, example())();
  const std::string bytes = read_file(path);
  for (size_t part = 1; part < 8; ++part) {
    folder.file("s.solverstate.h5", bytes.substr(0, bytes.size() * part / 8));
    CHECK_FAILS(Status::kIo, "s.solverstate.h5", load_solver_state(path));
  }
}

TEST(what_is_no_state_is_refused) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "no.solverstate", load_solver_state(folder.file("no.solverstate")));
  CHECK_FAILS(Status::kParse, "text: this is a text file, not a solver state",
              load_solver_state(folder.file("text", "net: 'x'\n")));
  CHECK_FAILS(Status::kParse, "h5: this is empty, not a solver state",
              load_solver_state(folder.file("h5", "")));
  Hdf5File weights = Hdf5File::create(folder.file("w.h5"));
  weights.create_group("data/ip");
  weights.commit();
  CHECK_FAILS(Status::kParse, "w.h5: these are weights in HDF5, not a solver state",
              load_solver_state(folder.file("w.h5")));
  Hdf5File data = Hdf5File::create(folder.file("d.h5"));
  data.write_int("label", 1);
  data.commit();
  CHECK_FAILS(Status::kParse, "d.h5: this is an HDF5 file without \"iter\", not a solver state",
              load_solver_state(folder.file("d.h5")));
}

}  // namespace
}  // namespace caffe
