#include "tool/snapshots.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::tool {
namespace {

TEST(the_newest_snapshot_is_that_of_the_last_iteration) {
  const caffe::test::Folder folder;
  CHECK_EQ(newest_snapshot(folder.file("a")), "");
  for (const char* name :
       {"a_iter_9.solverstate", "a_iter_10.solverstate.h5", "a_iter_200.caffemodel",
        "a_iter_300.solverstate.77.1.tmp", "ab_iter_400.solverstate", "a_iter_x.solverstate"}) {
    folder.file(name, "x");
  }
  CHECK_EQ(newest_snapshot(folder.file("a")), folder.file("a_iter_10.solverstate.h5"));
  CHECK_EQ(newest_snapshot("/no/such/folder/a"), "");
}

}  // namespace
}  // namespace caffe::tool
