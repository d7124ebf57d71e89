#include "schema/files.hpp"

#include <unistd.h>

#include <filesystem>

#include "core/files.hpp"
#include "schema/reflection.hpp"
#include "support/check.hpp"

using namespace caffe;
namespace fs = std::filesystem;

namespace {

// A folder that is gone at the end of the test.
struct Folder {
  Folder() : path(fs::temp_directory_path() / str("caffe-files-", ::getpid())) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  int64_t size() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }

  fs::path path;
};

void put(const std::string& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace

TEST(files_that_cannot_be_used_name_path_and_reason) {
  const Folder folder;
  const std::string missing = folder / "none.prototxt";
  CHECK_FAILS(Status::kIo, "none.prototxt\": No such file", read_net(missing));
  CHECK_FAILS(Status::kIo, "none.prototxt\": No such file", read_weights(missing));
  CHECK_FAILS(Status::kIo, "Is a directory", read_file(folder.path.string()));
  CHECK_FAILS(Status::kIo, "it is a directory", AtomicFile(folder.path.string()));
  CHECK_FAILS(Status::kIo, "No such file", AtomicFile(folder / "no/such/folder"));
  if (fs::exists("/dev/full")) {
    CHECK_FAILS(Status::kIo, "No space left", put("/dev/full", "x"));
  }
}

TEST(files_of_the_wrong_sort_are_recognised) {
  const Folder folder;
  const std::string path = folder / "w.caffemodel";
  put(path, "name: 'n'\nlayer { }\n");
  CHECK_FAILS(Status::kParse, "this is a text file, not weights", read_weights(path));
  put(path, "\x89HDF\r\n\x1a\n....");
  CHECK_FAILS(Status::kParse, "this is an HDF5 file, not weights", read_weights(path));
  put(path, "version https://git-lfs.github.com/spec/v1\n");
  CHECK_FAILS(Status::kParse, "Git LFS pointer", read_weights(path));
  put(path, std::string("\x0a\x01n\xa2\x06\x05", 6));
  CHECK_FAILS(Status::kParse, "this is a caffemodel (weights), not a net's prototxt",
              read_net(path));
  CHECK_FAILS(Status::kParse, "w.caffemodel: byte 5: ", read_weights(path));
  put(path, "");
  CHECK_FAILS(Status::kParse, "w.caffemodel: this is empty, not weights", read_weights(path));
  CHECK(read_net(path).layer.empty());
  CHECK_FAILS(Status::kParse, "this is a folder, not a solver's prototxt",
              read_solver(folder.path.string()));
  put(path, std::string("\x0a\x01n", 3));
  CHECK_FAILS(Status::kParse, "holds no layers, so these are no weights", read_weights(path));
}

TEST(files_of_text_say_whose_they_are) {
  const std::string solver = "net: 'n.prototxt' base_lr: 0.1", net = "layer { type: 'Input' }";
  CHECK_FAILS(Status::kParse, "<text>: this is a solver's prototxt, not a net's prototxt",
              read_net_text(solver));
  CHECK_FAILS(Status::kParse, "this is a net's prototxt, not a solver's prototxt",
              read_solver_text(net));
  CHECK_FAILS(Status::kParse, "this is a solver's prototxt", read_net_text(solver, "<text>", true));
  // What is neither has its own fault.
  CHECK_FAILS(Status::kParse, "has no field \"typo\"", read_net_text(net + " typo: 1"));
  CHECK_FAILS(Status::kParse, "has no field \"typo\"", read_solver_text(solver + " typo: 1"));
  CHECK(read_net_text("").layer.empty());
}

TEST(files_of_states_and_blobs_are_told_apart) {
  const Folder folder;
  const std::string path = folder / "f";
  NetParameter net;
  net.layer.resize(1);
  SolverState state;
  state.set_iter(3);
  state.history.resize(1);
  BlobProto blob;
  blob.shape.mut().dim = {2};
  blob.data.own().assign(2, 1.0f);
  write_binary_file(path, net);
  CHECK_FAILS(Status::kParse, "f: this is a caffemodel (weights), not a solver state",
              read_solver_state(path));
  CHECK_FAILS(Status::kParse, "f: this is a caffemodel (weights), not a blob", read_blob(path));
  write_binary_file(path, state);
  CHECK_EQ(read_solver_state(path).iter, 3);
  CHECK_FAILS(Status::kParse, "f: this is a solver state, not a blob", read_blob(path));
  write_binary_file(path, blob);
  CHECK_EQ(read_blob(path).data.size(), size_t{2});
  CHECK_FAILS(Status::kParse, "f: this is a single blob (a mean, for instance), not a solver state",
              read_solver_state(path));
  put(path, "\x93NUMPY\x01");
  CHECK_FAILS(Status::kParse, "f: this is a NumPy array, not a blob (a binaryproto)",
              read_blob(path));
  put(path, "<!DOCTYPE html><html>");
  CHECK_FAILS(Status::kParse, "this is a page of the web (HTML), not weights", read_weights(path));
}

TEST(files_round_trip) {
  const Folder folder;
  NetParameter net;
  net.name = "n";
  net.layer.resize(2);
  net.layer[1].blobs.resize(1);
  net.layer[1].blobs[0].data.own().assign(100000, 1.5f);
  write_binary_file(folder / "n.caffemodel", net);
  CHECK(schema::equal(read_weights(folder / "n.caffemodel"), net));
  // The file that is read may be the file that is written.
  NetParameter again = read_weights(folder / "n.caffemodel");
  write_binary_file(folder / "n.caffemodel", again);
  CHECK(schema::equal(again, net));
  write_text_file(folder / "n.prototxt", net);
  CHECK(schema::equal(read_net(folder / "n.prototxt"), net));
}
