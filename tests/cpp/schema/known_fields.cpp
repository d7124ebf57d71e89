// Messages of which a reader knows some fields only.
#include "schema/known_fields.hpp"

#include "schema/messages.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(known_fields_are_all_that_may_be_given) {
  PoolingParameter param;
  parse_text("kernel_size: 2 stride: 1", param);
  reject_fields_but(param, "pooling_param", {"kernel_size", "stride"});
  CHECK_FAILS(Status::kUnsupported, "pooling_param.stride is not supported",
              reject_fields_but(param, "pooling_param", {"kernel_size"}));
}

TEST(known_fields_need_not_name_what_decides_nothing) {
  ConvolutionParameter param;
  parse_text("engine: CUDNN", param);
  reject_fields_but(param, "convolution_param", {});
}

}  // namespace
}  // namespace caffe::test
