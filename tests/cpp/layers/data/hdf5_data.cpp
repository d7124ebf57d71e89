// layers/data/hdf5_data.cpp
#include <algorithm>
#include <set>

#include "data/hdf5.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::DataLayer;
using test::Folder;

// Files whose rows are numbered through all of them: "x" holds 10 * n and 10 * n + 1 in row n, "n"
// n.
struct Files {
  explicit Files(const std::vector<int64_t>& rows) {
    std::string list;
    float number = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<float> x, n;
      for (int64_t row = 0; row < rows[i]; ++row, ++number) {
        x.insert(x.end(), {10 * number, 10 * number + 1});
        n.push_back(number);
      }
      const std::string path = folder.file(str(i, ".h5"));
      Hdf5File file = Hdf5File::create(path);
      file.write_floats("x", {rows[i], 2, 1}, x.data());
      file.write_floats("n", {rows[i]}, n.data());
      file.write_floats("all", {rows[i] + 1}, std::vector<float>(n.size() + 1).data());
      file.write_string("text", "abc");
      file.commit();
      list += path + "\n";
    }
    folder.file("list.txt", list);
  }
  std::string text(int batch_size, const std::string& more = "",
                   const std::string& tops = "top: 'x' top: 'n'") const {
    return str("type: 'HDF5Data' ", tops, " hdf5_data_param { source: '", folder.file("list.txt"),
               "' batch_size: ", batch_size, " ", more, " }");
  }

  Folder folder;
};

TEST(hdf5_data_batches_run_across_files) {
  const Files files({3, 0, 1, 4});
  DataLayer layer(files.text(5));
  CHECK_EQ(layer.tops[0]->shape(), Shape({5, 2, 1}));
  for (int pass = 0; pass < 20; ++pass) {
    layer.forward();
    for (size_t i = 0; i < 5; ++i) {
      const auto n = static_cast<float>((static_cast<size_t>(pass) * 5 + i) % 8);
      CHECK_EQ(layer.values(1)[i], n);
      CHECK_EQ(layer.values(0)[2 * i + 1], 10 * n + 1);
    }
  }
}

TEST(hdf5_data_batch_larger_than_everything) {
  const Files files({2, 1});
  DataLayer layer(files.text(7));
  CHECK(layer.next(1) == std::vector<float>({0, 1, 2, 0, 1, 2, 0}));
}

TEST(hdf5_data_shuffles_every_epoch_anew) {
  const Files files({5, 7, 4});
  DataLayer layer(files.text(1, "shuffle: true"));
  std::set<std::vector<float>> epochs;
  for (int epoch = 0; epoch < 6; ++epoch) {
    std::vector<float> order;
    for (int i = 0; i < 16; ++i) {
      order.push_back(layer.next(1)[0]);
      CHECK_EQ(layer.values(0)[0], 10 * order.back());
    }
    epochs.insert(order);
    std::sort(order.begin(), order.end());
    for (int i = 0; i < 16; ++i) CHECK_EQ(order[static_cast<size_t>(i)], static_cast<float>(i));
  }
  CHECK_EQ(epochs.size(), size_t{6});
}

TEST(hdf5_data_seek_is_where_that_many_passes_lead) {
  const Files files({5, 7, 4});
  for (const char* more : {"", "shuffle: true"}) {
    DataLayer whole(files.text(3, more), TRAIN, 5), resumed(files.text(3, more), TRAIN, 5);
    std::vector<std::vector<float>> passes;
    for (int pass = 0; pass < 20; ++pass) passes.push_back(whole.next(1));
    for (const int pass : {17, 0, 6, 19}) {
      resumed.layer->seek(pass, 1);
      CHECK(resumed.next(1) == passes[static_cast<size_t>(pass)]);
    }
  }
}

TEST(hdf5_data_that_cannot_be_used) {
  const Files files({3, 2});
  CHECK_FAILS(Status::kIo, "no.txt",
              DataLayer("type: 'HDF5Data' top: 'x' "
                        "hdf5_data_param { source: 'no.txt' batch_size: 1 }"));
  CHECK_FAILS(Status::kInvalidArgument, "batch_size is 0 or missing", DataLayer(files.text(0)));
  CHECK_FAILS(Status::kIo, "0.h5: \"nope\": there is no such dataset",
              DataLayer(files.text(1, "", "top: 'nope'")));
  CHECK_FAILS(Status::kIo, "expected numbers, the dataset holds strings",
              DataLayer(files.text(1, "", "top: 'text'")));
  CHECK_FAILS(Status::kShape, "\"all\" has 4 rows, \"x\" has 3",
              DataLayer(files.text(1, "", "top: 'x' top: 'all'")));
  CHECK_FAILS(Status::kInvalidArgument, "transform_param has no effect",
              DataLayer(files.text(1) + " transform_param { scale: 2 }"));
  Hdf5File other = Hdf5File::create(files.folder.file("1.h5"));
  other.write_floats("x", {2, 3}, std::vector<float>(6).data());
  other.commit();
  CHECK_FAILS(Status::kShape, "1.h5: rows of \"x\" have shape 3 (3), those of",
              DataLayer(files.text(1, "", "top: 'x'")));
  files.folder.file("list.txt", files.folder.file("no.h5"));
  CHECK_FAILS(Status::kIo, "no.h5: no such file", DataLayer(files.text(1)));
  files.folder.file("list.txt", " \n");
  CHECK_FAILS(Status::kInvalidArgument, "lists no HDF5 file", DataLayer(files.text(1)));
  CHECK_FAILS(Status::kInvalidArgument, "hold no rows", DataLayer(Files({0}).text(1)));
}

TEST(hdf5_data_paths_may_have_blanks) {
  const Files files({3, 2});
  const std::string blank = files.folder.file("with two blanks.h5");
  std::filesystem::rename(files.folder.file("1.h5"), blank);
  files.folder.file("list.txt",
                    "\xef\xbb\xbf  " + files.folder.file("0.h5") + "\t\r\n\r\n" + blank);
  DataLayer layer(files.text(5));
  CHECK(layer.next(1) == std::vector<float>({0, 1, 2, 3, 4}));
  // The original takes several in a line.
  const std::string first = files.folder.file("0.h5");
  files.folder.file("list.txt", first + " " + first);
  CHECK(DataLayer(files.text(6)).next(1) == std::vector<float>({0, 1, 2, 0, 1, 2}));
  files.folder.file("list.txt", first + " none.h5");
  CHECK_FAILS(Status::kIo, "0.h5 none.h5: no such file", DataLayer(files.text(1)));
}

TEST(hdf5_data_takes_the_file_itself) {
  const Files files({3});
  std::filesystem::rename(files.folder.file("0.h5"), files.folder.file("list.txt"));
  const test::Log log;
  DataLayer layer(files.text(3));
  CHECK(layer.next(1) == std::vector<float>({0, 1, 2}));
  CHECK_EQ(log.count("is an HDF5 file, not a list of them: it is read as the only one"), 1);
}

TEST(hdf5_data_lists_that_are_none) {
  const Files files({3});
  files.folder.file("list.txt", std::string("\x89PNG\r\n\x1a\n\0\0", 10));
  CHECK_FAILS(Status::kParse, "list.txt: this is an image, not a list of HDF5 files",
              DataLayer(files.text(1)));
  files.folder.file("list.txt", std::string("\x01\0\xff\0", 4));
  CHECK_FAILS(Status::kParse,
              "list.txt: this is no text, but a binary file, not a list of HDF5 files",
              DataLayer(files.text(1)));
  files.folder.file("list.txt", files.folder.file("0.txt", "text"));
  CHECK_FAILS(Status::kParse, "0.txt: this is a text file, not an HDF5 file",
              DataLayer(files.text(1)));
  CHECK_FAILS(Status::kInvalidArgument, "hdf5_data_param.source is missing",
              DataLayer("type: 'HDF5Data' top: 'x' hdf5_data_param { batch_size: 1 }"));
}

TEST(hdf5_data_reads_the_file_as_it_is_now) {
  const Files files({3});
  DataLayer layer(files.text(2));
  std::filesystem::resize_file(files.folder.file("0.h5"), 1000);
  CHECK_FAILS(Status::kIo, "0.h5: cannot open", layer.forward());
}

}  // namespace
}  // namespace caffe
