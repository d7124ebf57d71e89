// Modules and plugins that are not there, or are none.
#include "core/modules.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

TEST(modules_that_are_missing_name_the_package_to_install) {
  CHECK_FAILS(Status::kUnsupported, "libnothing", module_table("nothing", 1, "libnothing"));
}

TEST(plugins_that_are_none_are_refused_by_their_path) {
  const Folder folder;
  const std::string none = folder.file("none.so");
  CHECK_FAILS(Status::kIo, none, load_plugin(none));
  const std::string text = folder.file("text.so", "no library");
  CHECK_FAILS(Status::kUnsupported, text, load_plugin(text));
}

}  // namespace
}  // namespace caffe::test
