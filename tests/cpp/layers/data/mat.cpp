// layers/data/mat_write.cpp, mat_read.cpp and mat_files.cpp
#include <fstream>

#include "cpp/layers/base/layer_run.hpp"
#include "data/mat_file.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

std::string write(const Folder& folder, const std::string& fields = "") {
  return str("type: 'MatWrite' mat_write_param { prefix: '", folder.path.string(), "/p_' ", fields,
             " }");
}

DataLayer read(const Folder& folder, const std::string& fields = "", int tops = 1) {
  std::string text = str("type: 'MatRead' mat_read_param { prefix: '", folder.path.string(),
                         "/p_' ", fields, " }");
  for (int i = 0; i < tops; ++i) text += str(" top: 't", i, "'");
  return DataLayer(text);
}

std::string source(const Folder& folder, const std::string& text) {
  return str("source: '", folder.file("names.txt", text), "' ");
}

TEST(mat_write_writes_each_bottom_at_each_forward) {
  const Folder folder;
  LayerRun run(write(folder), {{{2, 1, 1, 3}, {1, 2, 3, 4, 5, 6}}, {{2}, {7, 8}}},
               {caffe::TEST, 0});
  run.forward();
  run.bottom(1).reshape({1, 1, 2, 1, 2});
  run.set_bottom(1, {1, 2, 3, 4});
  run.forward();
  CHECK_EQ(folder.files(), size_t{4});
  const MatArray first = read_mat(folder.file("p_iter_0_blob_0.mat"), "data");
  CHECK(first.dims == std::vector<int64_t>({3, 1, 1, 2}));
  CHECK(first.values == Values({1, 2, 3, 4, 5, 6}));
  // A vector is the innermost axis of four.
  CHECK(read_mat(folder.file("p_iter_0_blob_1.mat"), "data").dims ==
        std::vector<int64_t>({2, 1, 1, 1}));
  CHECK(read_mat(folder.file("p_iter_1_blob_1.mat"), "data").dims ==
        std::vector<int64_t>({2, 1, 2, 1, 1}));
}

TEST(mat_write_names_files_from_a_list) {
  const Folder folder;
  LayerRun run(
      write(folder, source(folder, "one.jpg x\n\ntwo.jpg\nsix.jpg\n") + "strip: 4 period: 2"),
      {{{1}, {3}}}, {caffe::TEST, 0});
  for (int i = 0; i < 3; ++i) run.forward();
  CHECK_EQ(folder.files(), size_t{3});  // the list, and every second
  CHECK(read_mat(folder.file("p_one_blob_0.mat"), "data").values == Values({3}));
  CHECK(read_mat(folder.file("p_six_blob_0.mat"), "data").values == Values({3}));
  run.forward();  // one that does not write needs no name
  CHECK_FAILS(Status::kState, "there are 3 names", run.forward());
}

TEST(mat_write_has_no_gradient) {
  const Folder folder;
  LayerRun run(write(folder), {{{2}, {1, 2}}}, {TRAIN, 0});
  run.forward();
  set_values(run.bottom(0).diff(), {5, 6});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 0});
}

TEST(mat_write_that_makes_no_sense) {
  const Folder folder;
  const auto make = [&](const std::string& fields) {
    LayerRun run(write(folder, fields), {{{1}, {3}}}, {caffe::TEST, 0});
  };
  CHECK_FAILS(Status::kInvalidArgument, "period must be at least 1, not 0", make("period: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "strip is -1", make("strip: -1"));
  CHECK_FAILS(Status::kIo, "nowhere.txt", make("source: 'nowhere.txt'"));
  CHECK_FAILS(Status::kInvalidArgument, "names.txt:2: mat_write_param.strip takes 3 characters off",
              make(source(folder, "long\nabc\n") + "strip: 3"));
  CHECK_FAILS(Status::kIo, "there is no folder",
              LayerRun("type: 'MatWrite' mat_write_param { prefix: '/no/such/folder/x' }",
                       {{{1}, {3}}}, {caffe::TEST, 0}));
}

TEST(mat_read_serves_what_mat_write_wrote) {
  const Folder folder;
  LayerRun run(write(folder), {{{1, 2, 1, 2}, {}}, {{1, 1, 1, 1}, {}}}, {caffe::TEST, 0});
  Values written;
  for (float i = 0; i < 4; ++i) {
    run.set_bottom(0, {i, i + 10, i + 20, i + 30});
    run.set_bottom(1, {i});
    run.forward();
  }
  DataLayer layer = read(folder, "batch_size: 2", 2);
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 2, 1, 2}));
  for (float first : {0.f, 2.f}) {
    layer.forward();
    CHECK(layer.values(0) == Values({first, first + 10, first + 20, first + 30, first + 1,
                                     first + 11, first + 21, first + 31}));
    CHECK(layer.values(1) == Values({first, first + 1}));
  }
  CHECK_FAILS(Status::kIo, "p_iter_4_blob_0.mat", layer.forward());
  DataLayer listed = read(folder, source(folder, "iter_3.jpg\niter_1.jpg\n") + "strip: 4");
  for (const float first : {3, 1, 3}) CHECK_EQ(listed.next()[0], first);  // begins anew
}

TEST(mat_read_restores_a_top_that_was_reshaped) {
  const Folder folder;
  const Values values{1, 2, 3, 4};
  for (const int i : {0, 1}) {
    write_mat(folder.file(str("p_iter_", i, "_blob_0.mat")), "data", {2, 2}, values.data());
  }
  DataLayer layer = read(folder, "batch_size: 2");
  layer.tops[0]->reshape(Shape());
  layer.forward();
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 1, 2, 2}));
  CHECK(layer.values(0) == Values({1, 2, 3, 4, 1, 2, 3, 4}));
}

TEST(mat_read_that_does_not_fit) {
  const Folder folder;
  const Values values(4, 1);
  write_mat(folder.file("p_iter_0_blob_0.mat"), "data", {2, 2}, values.data());
  write_mat(folder.file("p_iter_1_blob_0.mat"), "data", {4}, values.data());
  DataLayer layer = read(folder);
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 2}));
  layer.forward();
  CHECK_FAILS(Status::kParse, "without dimensions", layer.forward());
  write_mat(folder.file("p_iter_1_blob_0.mat"), "data", {4, 1}, values.data());
  CHECK_FAILS(Status::kShape, "holds 1 1 1 4 (4), the first file 1 1 2 2", [&] {
    DataLayer again = read(folder);
    again.forward();
    again.forward();
  }());
  CHECK_FAILS(Status::kInvalidArgument, "batch_size must be at least 1",
              read(folder, "batch_size: 0"));
  write_mat(folder.file("p_iter_0_blob_0.mat"), "data", {1, 1, 2, 2}, values.data());
  CHECK_FAILS(Status::kShape, "expected one item", read(folder));
  write_mat(folder.file("p_iter_0_blob_0.mat"), "other", {2, 2}, values.data());
  CHECK_FAILS(Status::kNotFound, "no array \"data\"", read(folder));
}

}  // namespace
}  // namespace caffe::test
