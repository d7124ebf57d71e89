#include "solver/net_choice.hpp"

#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

SolverParameter solver(const std::string& text) {
  SolverParameter param;
  parse_text(text, param);
  return param;
}

void check_train_refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, choose_train_net(solver(text), false));
}

void check_test_refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, choose_test_nets(solver(text), false));
}

TEST(one_train_net_has_to_be_given) {
  check_train_refused("base_lr: 1", "no net to train: one of net, net_param, train_net");
  check_train_refused("net: 'a' train_net: 'b'", "more than one net to train");
  check_train_refused("net_param {} train_net_param {}", "more than one net to train");
  CHECK_FAILS(Status::kIo, "no.prototxt", choose_train_net(solver("net: 'no.prototxt'"), false));
}

TEST(the_train_state_is_merged) {
  const NetChoice choice =
      choose_train_net(solver("net_param { name: 'n' state { level: 2 stage: 'a' phase: TEST } }"
                              "train_state { phase: TRAIN stage: 'b' }"),
                       false);
  CHECK_EQ(choice.param.name, "n");
  CHECK_EQ(choice.state.phase, TRAIN);
  CHECK_EQ(choice.state.level, 2);
  CHECK(choice.state.stage == (std::vector<std::string>{"a", "b"}));
  CHECK_EQ(choice.source, "net_param");
}

TEST(test_nets_come_in_their_order) {
  const std::vector<NetChoice> nets = choose_test_nets(
      solver("net_param { name: 'generic' } test_net_param { name: 'own' } test_interval: 1 "
             "test_iter: 3 test_iter: 4 test_iter: 5 "
             "test_state {} test_state { stage: 'x' } test_state { level: 1 }"),
      false);
  CHECK_EQ(nets.size(), size_t{3});
  CHECK_EQ(nets[0].param.name, "own");
  CHECK_EQ(nets[1].param.name, "generic");
  CHECK_EQ(nets[1].state.phase, TEST);
  CHECK_EQ(nets[1].state.stage.at(0), "x");
  CHECK_EQ(nets[2].state.level, 1);
}

TEST(test_nets_that_do_not_add_up) {
  const std::string nets = "train_net: 'a' test_net_param {} ";
  check_test_refused(nets + "test_interval: 1", "1 test net(s), 0 test_iter");
  check_test_refused(nets + "test_interval: 1 test_iter: 1 test_iter: 1", "test_iter must be");
  check_test_refused("net_param {} test_iter: 1", "test_interval must be above 0, it is 0");
  check_test_refused("net_param {} test_iter: 1 test_interval: 1 test_state {} test_state {}",
                     "test_state must be given for every test net");
  check_test_refused("net: 'a' net_param {}", "only one of net and net_param");
}

TEST(a_test_interval_alone_is_no_test) {
  CHECK(choose_test_nets(solver("net_param {} test_interval: 5"), false).empty());
}

TEST(an_interval_of_tests_without_their_batches_is_warned_of) {
  const test::Log log;
  choose_test_nets(solver("net_param {} test_interval: 10"), false);
  CHECK_EQ(log.count("test_interval is 10, but there is no test_iter"), 1);
  choose_test_nets(solver("net_param {} test_interval: 10 test_iter: 1"), false);
  CHECK_EQ(log.count("but there is no test_iter"), 1);
}

}  // namespace
}  // namespace caffe
