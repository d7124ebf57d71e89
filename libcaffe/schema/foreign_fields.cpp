#include "schema/foreign_fields.hpp"

namespace caffe {
namespace {

constexpr std::string_view kSpark =
    "CaffeOnSpark hands a net what Spark reads. Here a layer of type Data reads an LMDB or "
    "LevelDB, "
    "HDF5Data HDF5 files and ImageData images, and MemoryData serves the arrays that the program "
    "hands to it; the option lenient leaves the field out";

struct ForeignField {
  std::string_view message, field, instead;
};

constexpr ForeignField kFields[] = {
    {"LayerParameter", "source_class", kSpark},
    {"LayerParameter", "cos_data_param", kSpark},
    {"MemoryDataParameter", "source", kSpark},
    {"MemoryDataParameter", "dataframe_format", kSpark},
    {"MemoryDataParameter", "dataframe_column_select", kSpark},
    {"MemoryDataParameter", "image_encoded", kSpark},
};

}  // namespace

std::string_view instead_of(std::string_view message, std::string_view field) {
  for (const ForeignField& each : kFields) {
    if (each.message == message && each.field == field) return each.instead;
  }
  return "";
}

}  // namespace caffe
