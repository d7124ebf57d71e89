// layers/data/mat_read.cpp: what MatWrite wrote comes back.
#include "cpp/layers/data/mat_layers.hpp"

namespace caffe::test {
namespace {

TEST(mat_read_serves_what_mat_write_wrote) {
  const Folder folder;
  LayerRun run(mat_write(folder), {{{1, 2, 1, 2}, {}}, {{1, 1, 1, 1}, {}}}, {caffe::TEST, 0});
  Values written;
  for (float i = 0; i < 4; ++i) {
    run.set_bottom(0, {i, i + 10, i + 20, i + 30});
    run.set_bottom(1, {i});
    run.forward();
  }
  DataLayer layer = mat_read(folder, "batch_size: 2", 2);
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 2, 1, 2}));
  for (float first : {0.f, 2.f}) {
    layer.forward();
    CHECK(layer.values(0) == Values({first, first + 10, first + 20, first + 30, first + 1,
                                     first + 11, first + 21, first + 31}));
    CHECK(layer.values(1) == Values({first, first + 1}));
  }
  CHECK_FAILS(Status::kIo, "p_iter_4_blob_0.mat", layer.forward());
  DataLayer listed = mat_read(folder, name_list(folder, "iter_3.jpg\niter_1.jpg\n") + "strip: 4");
  for (const float first : {3, 1, 3}) CHECK_EQ(listed.next()[0], first);  // begins anew
}

TEST(mat_read_restores_a_top_that_was_reshaped) {
  const Folder folder;
  const Values values{1, 2, 3, 4};
  for (const int i : {0, 1}) {
    write_mat(folder.file(str("p_iter_", i, "_blob_0.mat")), "data", {2, 2}, values.data());
  }
  DataLayer layer = mat_read(folder, "batch_size: 2");
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
  DataLayer layer = mat_read(folder);
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 2}));
  layer.forward();
  CHECK_FAILS(Status::kParse, "without dimensions", layer.forward());
  write_mat(folder.file("p_iter_1_blob_0.mat"), "data", {4, 1}, values.data());
  CHECK_FAILS(Status::kShape, "holds 1 1 1 4 (4), the first file 1 1 2 2", [&] {
    DataLayer again = mat_read(folder);
    again.forward();
    again.forward();
  }());
  CHECK_FAILS(Status::kInvalidArgument, "batch_size must be at least 1",
              mat_read(folder, "batch_size: 0"));
  write_mat(folder.file("p_iter_0_blob_0.mat"), "data", {1, 1, 2, 2}, values.data());
  CHECK_FAILS(Status::kShape, "expected one item", mat_read(folder));
  write_mat(folder.file("p_iter_0_blob_0.mat"), "other", {2, 2}, values.data());
  CHECK_FAILS(Status::kNotFound, "no array \"data\"", mat_read(folder));
}

}  // namespace
}  // namespace caffe::test
