// Databases by the names of their backends.
#include "data/database.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

TEST(databases_are_opened_by_the_name_of_their_backend) {
  const Folder folder;
  const std::string path = folder.file("db");
  const auto writer = create_database("LMDB", path);
  writer->put("a", "1");
  writer->commit();
  CHECK_EQ(open_database("LMDB", path)->count(), int64_t{1});
  CHECK_FAILS(Status::kNotFound, "did you mean \"LMDB\"?", open_database("LMBD", path));
  CHECK_FAILS(Status::kNotFound, "unknown", create_database("none", folder.file("other")));
}

}  // namespace
}  // namespace caffe::test
