// layers/data/mat_write.cpp: what is in the files, and what they are called.
#include "cpp/layers/data/mat_layers.hpp"

namespace caffe::test {
namespace {

TEST(mat_write_writes_each_bottom_at_each_forward) {
  const Folder folder;
  LayerRun run(mat_write(folder), {{{2, 1, 1, 3}, {1, 2, 3, 4, 5, 6}}, {{2}, {7, 8}}},
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
  LayerRun run(mat_write(folder, name_list(folder, "one.jpg x\n\ntwo.jpg\nsix.jpg\n") +
                                     "strip: 4 period: 2"),
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
  LayerRun run(mat_write(folder), {{{2}, {1, 2}}}, {TRAIN, 0});
  run.forward();
  set_values(run.bottom(0).diff(), {5, 6});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 0});
}

TEST(mat_write_that_makes_no_sense) {
  const Folder folder;
  const auto make = [&](const std::string& fields) {
    LayerRun run(mat_write(folder, fields), {{{1}, {3}}}, {caffe::TEST, 0});
  };
  CHECK_FAILS(Status::kInvalidArgument, "period must be at least 1, not 0", make("period: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "strip is -1", make("strip: -1"));
  CHECK_FAILS(Status::kIo, "nowhere.txt", make("source: 'nowhere.txt'"));
  CHECK_FAILS(Status::kInvalidArgument, "names.txt:2: mat_write_param.strip takes 3 characters off",
              make(name_list(folder, "long\nabc\n") + "strip: 3"));
  CHECK_FAILS(Status::kIo, "there is no folder",
              LayerRun("type: 'MatWrite' mat_write_param { prefix: '/no/such/folder/x' }",
                       {{{1}, {3}}}, {caffe::TEST, 0}));
}

}  // namespace
}  // namespace caffe::test
