// net/passes/phases.cpp: which layers are of a phase, a level and stages.
#include "net/passes/phases.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::names;
using test::parsed;

TEST(filter_net_by_phase_level_and_stage) {
  const char* const text =
      "layer { name: 'always' type: 'Silence' }"
      "layer { name: 'train' type: 'Silence' include { phase: TRAIN } }"
      "layer { name: 'level' type: 'Silence' include { min_level: 2 max_level: 3 } }"
      "layer { name: 'stage' type: 'Silence' include { stage: 'a' not_stage: 'b' } }"
      "layer { name: 'not_a' type: 'Silence' exclude { stage: 'a' } }"
      "layer { name: 'either' type: 'Silence' include { stage: 'b' } include { phase: TEST } }";
  const auto filtered = [&](const std::string& state) {
    return names(filter_net(parsed("state { " + state + " }" + text)));
  };
  CHECK_EQ(filtered("phase: TRAIN"), "always train not_a ");
  CHECK_EQ(filtered("phase: TEST level: 2"), "always level not_a either ");
  CHECK_EQ(filtered("phase: TEST level: 4 stage: 'a'"), "always stage either ");
  CHECK_EQ(filtered("phase: TRAIN stage: 'a' stage: 'b'"), "always train either ");
}

TEST(filter_net_warns_of_stages_that_are_nearly_right) {
  const std::string rules =
      "layer { name: 'a' type: 'Silence' include { stage: 'deploy' not_stage: 'visual' } }";
  const auto warnings = [&](const std::string& stages) {
    const test::Log log;
    filter_net(parsed("state { phase: TEST " + stages + " }" + rules), "n.prototxt");
    return log.count("n.prototxt: no layer has a rule for stage");
  };
  CHECK_EQ(warnings("stage: 'deplyo'"), 1);
  CHECK_EQ(warnings("stage: 'visuals' stage: 'Deploy'"), 2);
  CHECK_EQ(warnings("stage: 'deploy' stage: 'visual' stage: 'other'"), 0);
}

TEST(filter_net_refuses_both_kinds_of_rules) {
  const NetParameter param =
      parsed("layer { name: 'l' type: 'ReLU' include { phase: TEST } exclude { stage: 'x' } }");
  CHECK_FAILS(Status::kInvalidArgument, "include rules and exclude rules", filter_net(param));
}

}  // namespace
}  // namespace caffe
