#include "cpp/layers/base/layer_run.hpp"
#include "data/hdf5.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

std::string writes(const std::string& file) {
  return "type: 'HDF5Output' hdf5_output_param { file_name: '" + file + "' }";
}

Values dataset(const std::string& path, const std::string& name, const Shape& shape) {
  const Hdf5File file = Hdf5File::open(path);
  CHECK_EQ(file.shape(name), shape);
  Values values(static_cast<size_t>(shape.count()));
  file.read_floats(name, values.data(), shape.count());
  return values;
}

TEST(hdf5_output_writes_the_first_pass_at_once_and_all_at_last) {
  const Folder folder;
  const std::string path = folder.file("out.h5");
  {
    LayerRun run(writes(path), {{{2, 3}, {1, 2, 3, 4, 5, 6}}, {{2}, {7, 8}}}, {TEST, 0});
    CHECK_EQ(folder.files(), size_t{0});
    run.forward();
    CHECK(dataset(path, "data", {2, 3, 1, 1}) == Values({1, 2, 3, 4, 5, 6}));
    CHECK(dataset(path, "label", {2, 1, 1, 1}) == Values({7, 8}));
    run.bottom(0).reshape({1, 3});
    run.bottom(1).reshape({1});
    for (const float x : {10.0f, 20.0f, 30.0f}) {
      run.set_bottom(0, {x, x, x});
      run.set_bottom(1, {x});
      run.forward();
    }
    CHECK(dataset(path, "label", {4, 1, 1, 1}) == Values({7, 8, 10, 20}));
  }
  CHECK(dataset(path, "label", {5, 1, 1, 1}) == Values({7, 8, 10, 20, 30}));
  CHECK(dataset(path, "data", {5, 3, 1, 1}) ==
        Values({1, 2, 3, 4, 5, 6, 10, 10, 10, 20, 20, 20, 30, 30, 30}));
  CHECK_EQ(folder.files(), size_t{1});
}

TEST(hdf5_output_replaces_no_file_before_the_first_pass) {
  const Folder folder;
  const std::string path = folder.file("out.h5", "old");
  {
    LayerRun run(writes(path), {{{2, 3}, {}}, {{2}, {}}}, {TEST, 0});
  }
  CHECK_FAILS(Status::kParse, "this is a text file, not an HDF5 file", Hdf5File::open(path));
}

TEST(hdf5_output_has_no_gradient) {
  const Folder folder;
  LayerRun run(writes(folder.file("out.h5")), {{{1, 2}, {}}, {{1}, {}}}, {TRAIN, 0});
  run.forward();
  set_values(run.bottom(0).diff(), {5, 5});
  set_values(run.bottom(1).diff(), {5});
  run.backward({true, false});
  CHECK(run.bottom_diff(0) == Values({0, 0}));
  CHECK(run.bottom_diff(1) == Values({5}));
}

TEST(hdf5_output_of_an_empty_batch) {
  const Folder folder;
  const std::string path = folder.file("out.h5");
  LayerRun run(writes(path), {{{0, 3}, {}}, {{0}, {}}}, {TEST, 0});
  run.forward();
  CHECK(dataset(path, "data", {0, 3, 1, 1}).empty());
}

TEST(hdf5_output_that_cannot_be_written) {
  const Folder folder;
  const std::string path = folder.file("out.h5");
  const auto made = [](const std::string& text, const std::vector<Shape>& shapes) {
    LayerRun(text, {{shapes[0], {}}, {shapes[1], {}}}, {TEST, 0});
  };
  CHECK_FAILS(Status::kInvalidArgument, "file_name must be given",
              made("type: 'HDF5Output'", {{2}, {2}}));
  CHECK_FAILS(Status::kIo, "No such file", made(writes(folder.file("no/out.h5")), {{2}, {2}}));
  CHECK_FAILS(Status::kShape, "has 2 items", made(writes(path), {{2, 3}, {3}}));
  CHECK_FAILS(Status::kShape, "at most four axes", made(writes(path), {{2, 1, 1, 1, 3}, {2}}));

  LayerRun run(writes(path), {{{2, 3}, {}}, {{2}, {}}}, {TEST, 0});
  run.bottom(0).reshape({2, 4});
  run.forward();
  run.bottom(0).reshape({2, 5});
  CHECK_FAILS(Status::kShape, "those in", run.forward());
}

}  // namespace
}  // namespace caffe::test
