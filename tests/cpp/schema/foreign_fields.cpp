// Fields of forks that are not in the schema.
#include "schema/foreign_fields.hpp"

#include "schema/messages.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(foreign_fields_have_something_to_be_written_instead) {
  CHECK(instead_of("MemoryDataParameter", "source").find("HDF5Data") != std::string_view::npos);
  CHECK(instead_of("LayerParameter", "source") == "");
  CHECK(instead_of("LayerParameter", "name") == "");
  CHECK(LayerParameter::descriptor().find("source_class") == nullptr);
}

}  // namespace
}  // namespace caffe::test
