// data/hdf5.hpp: files there and back, and files that are not what they should be.
#include "data/hdf5.hpp"

#include <atomic>
#include <filesystem>
#include <numeric>
#include <thread>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

namespace fs = std::filesystem;

using test::Folder;

std::vector<float> ramp(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.5f);
  return values;
}

void write_sample(const std::string& path) {
  Hdf5File file = Hdf5File::create(path);
  file.write_floats("data/conv1/7x7/0", {4, 3, 2}, ramp(24).data());
  file.write_floats("scalar", {}, ramp(1).data());
  file.write_floats("nothing", {0, 3}, nullptr);
  file.write_int("iter", 5000);
  file.write_string("learned_net", "snap_iter_5.caffemodel.h5");
  file.create_group("data/relu1");
  file.commit();
}

TEST(hdf5_reads_what_it_wrote) {
  const Folder folder;
  const std::string path = folder.file("a.h5");
  write_sample(path);
  CHECK_EQ(folder.files(), size_t{1});

  const Hdf5File file = Hdf5File::open(path);
  CHECK_EQ(file.shape("data/conv1/7x7/0"), Shape({4, 3, 2}));
  CHECK_EQ(file.shape("scalar"), Shape());
  CHECK_EQ(file.shape("nothing").count(), 0);
  std::vector<float> values(24);
  file.read_floats("data/conv1/7x7/0", values.data(), 24);
  CHECK(values == ramp(24));
  file.read_rows("data/conv1/7x7/0", 1, 3, values.data());
  CHECK_EQ(values[0], 6.5f);
  CHECK_EQ(values[11], 17.5f);
  CHECK_EQ(file.read_int("iter"), 5000);
  CHECK_EQ(file.shape("iter"), Shape({1}));
  CHECK_EQ(file.read_string("learned_net"), "snap_iter_5.caffemodel.h5");
  CHECK(file.list("data") == std::vector<std::string>({"conv1", "relu1"}));
  CHECK(file.list("data/relu1").empty());
  CHECK(file.exists("data/conv1/7x7") && file.exists("iter"));
  CHECK(!file.exists("data/conv2/0") && !file.exists("iter/0"));
}

TEST(hdf5_links_are_second_names) {
  const Folder folder;
  Hdf5File file = Hdf5File::create(folder.file("a.h5"));
  file.write_floats("data/a/0", {3}, ramp(3).data());
  file.link("data/a/0", "data/a_p/0");
  CHECK_FAILS(Status::kIo, "cannot create the link", file.link("data/none", "data/b/0"));
  file.commit();
  const Hdf5File read = Hdf5File::open(folder.file("a.h5"));
  std::vector<float> values(3);
  read.read_floats("data/a_p/0", values.data(), 3);
  CHECK(values == ramp(3));
}

TEST(hdf5_tells_groups_and_datasets) {
  const Folder folder;
  const std::string path = folder.file("a.h5");
  write_sample(path);
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.is_group("data/conv1") && !file.is_dataset("data/conv1"));
  CHECK(file.is_dataset("iter") && !file.is_group("iter"));
  CHECK(!file.is_group("nope") && !file.is_dataset("nope") && !file.is_group("iter/0"));
}

TEST(hdf5_errors_name_file_and_dataset) {
  const Folder folder;
  const std::string path = folder.file("a.h5");
  write_sample(path);
  const Hdf5File file = Hdf5File::open(path);
  float value;
  CHECK_FAILS(Status::kIo, "a.h5: \"nope\": there is no such dataset", file.shape("nope"));
  CHECK_FAILS(Status::kIo, "\"learned_net\": expected numbers, the dataset holds strings",
              file.read_floats("learned_net", &value, 1));
  CHECK_FAILS(Status::kShape, "expected 7 values, the dataset's shape is 4 3 2 (24)",
              file.read_floats("data/conv1/7x7/0", &value, 7));
  CHECK_FAILS(Status::kShape, "no rows 3 to 5", file.read_rows("data/conv1/7x7/0", 3, 5, &value));
  CHECK_FAILS(Status::kIo, "\"data\": is not a dataset", file.shape("data"));
  CHECK_FAILS(Status::kIo, "\"iter\": is not a group", file.list("iter"));
  CHECK_FAILS(Status::kIo, "expected a string", file.read_string("iter"));
  CHECK_FAILS(Status::kIo, "expected one integer", file.read_int("data/conv1/7x7/0"));
}

TEST(hdf5_files_that_are_none) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "no.h5: no such file", Hdf5File::open(folder.file("no.h5")));
  CHECK_FAILS(Status::kIo, "is a folder", Hdf5File::open(folder.path.string()));
  CHECK_FAILS(Status::kParse, "text.h5: this is a text file, not an HDF5 file",
              Hdf5File::open(folder.file("text.h5", "this is text")));
  CHECK_FAILS(Status::kParse, "empty.h5: this is empty, not an HDF5 file",
              Hdf5File::open(folder.file("empty.h5", "")));
  CHECK_FAILS(Status::kIo, "cannot write", Hdf5File::create(folder.file("no/such/a.h5")));
}

TEST(hdf5_truncated_anywhere_is_an_error) {
  const Folder folder;
  const std::string path = folder.file("a.h5"), cut = folder.file("cut.h5");
  write_sample(path);
  const auto size = fs::file_size(path);
  for (uintmax_t part = 1; part < 8; ++part) {
    fs::copy_file(path, cut, fs::copy_options::overwrite_existing);
    fs::resize_file(cut, size * part / 8);
    CHECK_FAILS(Status::kIo, "cut.h5: cannot open", Hdf5File::open(cut));
  }
}

TEST(hdf5_without_commit_nothing_changes) {
  const Folder folder;
  const std::string path = folder.file("a.h5");
  write_sample(path);
  {
    Hdf5File file = Hdf5File::create(path);
    file.write_int("iter", 1);
  }
  CHECK_EQ(Hdf5File::open(path).read_int("iter"), 5000);
  CHECK_EQ(folder.files(), size_t{1});
}

TEST(hdf5_after_commit_is_closed) {
  const Folder folder;
  Hdf5File file = Hdf5File::create(folder.file("a.h5"));
  file.commit();
  CHECK_FAILS(Status::kState, "the file is closed", file.write_int("iter", 1));
}

TEST(hdf5_written_twice_is_an_error) {
  const Folder folder;
  Hdf5File file = Hdf5File::create(folder.file("a.h5"));
  file.write_int("iter", 1);
  CHECK_FAILS(Status::kIo, "\"iter\": cannot create the dataset", file.write_int("iter", 2));
}

TEST(hdf5_read_by_many_threads) {
  const Folder folder;
  const std::string path = folder.file("a.h5");
  write_sample(path);
  const Hdf5File shared = Hdf5File::open(path);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        std::vector<float> values(24);
        shared.read_floats("data/conv1/7x7/0", values.data(), 24);
        const int32_t iteration = Hdf5File::open(path).read_int("iter");
        if (values == ramp(24) && iteration == 5000) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(right.load(), 160);
}

// Written by Caffe itself.
TEST(hdf5_reads_snapshots_of_caffe) {
  const Hdf5File state =
      Hdf5File::open(test::shared_file("conformance/solver/adam/snap_iter_5.solverstate.h5"));
  CHECK_EQ(state.read_int("iter"), 5);
}

}  // namespace
}  // namespace caffe
