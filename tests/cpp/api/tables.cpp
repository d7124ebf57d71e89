#include "api/tables.hpp"

#include <cstdint>

#include "support/check.hpp"

namespace caffe::api {
namespace {

using Function = void (*)();

// One table in the versions it has had: the second is the one the library knows.
struct First {
  size_t size;
  int least, most;
  Function run;
};
struct Second {
  size_t size;
  int least, most;
  Function run;
  Function stop;
  int64_t limit;
};
struct Third {
  size_t size;
  int least, most;
  Function run;
  Function stop;
  int64_t limit;
  Function pause;
};

void nothing() {}

template <class Given>
Second known(const Given& given) {
  return known_part(reinterpret_cast<const Second&>(given), sizeof(First), "table");
}

TEST(tables_of_an_older_program_have_zeros_for_what_is_new) {
  struct {
    First table{sizeof(First), 1, 2, nothing};
    uint64_t behind_it = ~uint64_t{0};
  } older;
  const Second table = known(older.table);
  CHECK_EQ(table.size, sizeof(Second));
  CHECK_EQ(table.least, 1);
  CHECK_EQ(table.most, 2);
  CHECK(table.run == nothing);
  CHECK(table.stop == nullptr);
  CHECK_EQ(table.limit, int64_t{0});
}

TEST(tables_of_this_version_are_taken_as_they_are) {
  const Second table = known(Second{sizeof(Second), 1, 2, nothing, nothing, 7});
  CHECK(table.stop == nothing);
  CHECK_EQ(table.limit, int64_t{7});
}

TEST(tables_of_a_newer_program_are_fine_while_it_does_not_use_what_is_new) {
  Third newer{sizeof(Third), 1, 2, nothing, nothing, 7, nullptr};
  const Second table = known(newer);
  CHECK_EQ(table.size, sizeof(Second));
  CHECK_EQ(table.limit, int64_t{7});
  newer.pause = nothing;
  CHECK_FAILS(Status::kUnsupported, "the table of table has functions this library", known(newer));
}

TEST(tables_of_no_size_are_refused) {
  alignas(8) unsigned char bytes[8192] = {};
  for (const size_t size :
       {size_t{0}, sizeof(First) - 8, sizeof(First) + 4, size_t{4104}, ~size_t{0}}) {
    std::memcpy(bytes, &size, sizeof size);
    CHECK_FAILS(Status::kInvalidArgument, str("table->size is ", size, ", not the sizeof"),
                known(bytes));
  }
}

}  // namespace
}  // namespace caffe::api
