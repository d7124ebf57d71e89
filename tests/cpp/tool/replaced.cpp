// The original's programs that are commands now.
#include "tool/replaced.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

void typed(const std::string& name, std::vector<const char*> words, const std::string& instead) {
  CHECK_FAILS(Status::kUnsupported, "has become a command of caffe; type: " + instead,
              refuse_replaced(name, static_cast<int>(words.size()), words.data()));
}

TEST(replaced_programs_say_what_to_type_with_the_same_arguments) {
  typed("train_net", {"s.prototxt"}, "caffe train -solver s.prototxt");
  typed("tools/train_net.bin", {"a", "b"}, "caffe train -solver a -snapshot b");
  typed("finetune_net", {"a"}, "caffe train -solver a -weights WEIGHTS");
  typed("test_net", {}, "caffe test -model NET -weights WEIGHTS");
  typed("net_speed_benchmark", {"n", "5"}, "caffe time -model n -iterations 5");
}

TEST(replaced_programs_are_no_others) {
  refuse_replaced("caffe", 0, nullptr);
  refuse_replaced("convert_imageset", 0, nullptr);
}

}  // namespace
}  // namespace caffe::tool
