// A database's records as an endless stream: in order, shuffled, from somewhere, and refused.
#include "layers/data/records.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

// A database of the records "0" to "4".
struct Five {
  Five() : path(folder.file("db")) {
    const auto writer = create_database("LMDB", path);
    for (const char* key : {"0", "1", "2", "3", "4"}) writer->put(key, key);
    writer->commit();
  }
  Records records(const std::string& fields, uint64_t seed = 1) const {
    DataParameter param;
    parse_text("source: '" + path + "' batch_size: 1 backend: LMDB " + fields, param);
    return Records(param, "layer", seed, 3);
  }

  Folder folder;
  std::string path;
};

std::string read(Records records, int64_t position, int64_t count) {
  std::string all;
  for (const TakenRecord& taken : records.take(position, count)) {
    records.read(taken, [&](std::string_view bytes) { all += bytes; });
  }
  return all;
}

TEST(records_begin_again_after_the_last) {
  const Five five;
  CHECK_EQ(read(five.records(""), 0, 7), "0123401");
  CHECK_EQ(read(five.records(""), 4, 3), "401");
  Records records = five.records("");
  records.take(3, 1);
  CHECK_EQ(records.take(1, 1)[0].record.value, "1");
}

TEST(records_of_each_epoch_come_once_in_an_order_of_the_seed) {
  const Five five;
  const std::string two = read(five.records("shuffle: true"), 0, 10);
  std::string first = two.substr(0, 5), second = two.substr(5);
  CHECK_EQ(read(five.records("shuffle: true"), 5, 5), second);
  CHECK(read(five.records("shuffle: true", 2), 0, 10) != two);
  std::ranges::sort(first);
  std::ranges::sort(second);
  CHECK(first == "01234" && second == "01234");
}

TEST(records_begin_where_rand_skip_says) {
  const Five five;
  const std::string some = read(five.records("rand_skip: 4", 7), 0, 5);
  CHECK(std::string("0123401234").find(some) != std::string::npos);
  CHECK_EQ(read(five.records("rand_skip: 4", 7), 5, 5), some);
}

TEST(records_that_cannot_be_read_are_named) {
  const Five five;
  Records records = five.records("");
  const TakenRecord third = records.take(2, 1)[0];
  CHECK_EQ(records.place(third), five.path + ": record 2 (key \"2\")");
  CHECK_FAILS(Status::kParse, "record 2 (key \"2\"): no image",
              records.read(third, [](std::string_view) { fail(Status::kParse, "no image"); }));
}

// A database of which a page in the middle is damaged, and the number of the first record on it.
struct Damaged {
  Damaged() : path(folder.file("db")) {
    constexpr size_t kPage = 4096, kFlags = 10, kLeaf = 2;
    const auto writer = create_database("LMDB", path);
    for (int i = 1000; i < 2000; ++i) writer->put(str(i), std::string(100, 'v'));
    writer->commit();
    std::string bytes = read_file(path + "/data.mdb");
    size_t page = bytes.size() / kPage / 2 * kPage;
    while (bytes[page + kFlags] != kLeaf) page += kPage;
    bytes[page] ^= 1;  // its number
    folder.file("db/data.mdb", bytes);
    const auto cursor = open_database("LMDB", path);
    const auto read_on = [&] {
      for (;; cursor->next()) record = cursor->index() + 1;
    };
    CHECK_FAILS(Status::kParse, "is not what it should be", read_on());
  }

  Folder folder;
  std::string path;
  int64_t record = 0;
};

TEST(records_are_found_again_after_one_that_could_not_be_read) {
  const Damaged damaged;
  for (int64_t before = 0; before < 3; ++before) {
    DataParameter param;
    parse_text("source: '" + damaged.path + "' batch_size: 1 backend: LMDB", param);
    Records records(param, "layer", 1, 3);
    const int64_t first = damaged.record - before;
    for (int again = 0; again < 3; ++again) {
      records.take(first - 3, 3);
      for (int tries = 0; tries < 3; ++tries) {
        CHECK_FAILS(Status::kParse, "is not what it should be", records.take(first, 3));
      }
      CHECK_EQ(records.take(first - 3, 1)[0].record.key, str(1000 + first - 3));
    }
  }
}

TEST(records_want_a_source_and_a_batch) {
  DataParameter param;
  CHECK_FAILS(Status::kInvalidArgument, "source is missing", Records(param, "layer", 1, 1));
  param.set_source("none");
  CHECK_FAILS(Status::kInvalidArgument, "batch_size is 0", Records(param, "layer", 1, 1));
  CHECK_FAILS(Status::kUnsupported, "shuffle_buffer_size",
              Five().records("shuffle_buffer_size: 9"));
}

}  // namespace
}  // namespace caffe::test
