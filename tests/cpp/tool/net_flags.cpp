// tool/net_flags.cpp: flags become the options of nets.
#include "tool/net_flags.hpp"

#include <set>

#include "support/check.hpp"

namespace caffe::tool {
namespace {

NetOptions options_of(std::vector<const char*> words) {
  words.insert(words.begin(), "caffe");
  Flags flags(net_flags());
  flags.parse(static_cast<int>(words.size()), words.data());
  return net_options(flags);
}

TEST(every_option_of_nets_is_a_flag_and_no_flag_is_more) {
  std::set<std::string> fields, flags;
  for (const schema::Field& field : NetOptions::defaults().message_type().fields) {
    fields.insert(field.name);
  }
  for (const Flag& flag : net_flags()) flags.insert(flag.name);
  std::string different;
  for (const std::string& each : fields) {
    if (flags.count(each) == 0) different += str(each, ": no row in tool/net_flags.cpp; ");
  }
  for (const std::string& each : flags) {
    if (fields.count(each) == 0) different += str(each, ": no field of NetOptions; ");
  }
  CHECK_EQ(different, "");
}

TEST(flags_of_nets_fill_the_message) {
  const NetOptions options =
      options_of({"-optimize", "-keep", "conv1,ip2", "-seed=18446744073709551615", "-level", "-2",
                  "-threads", "3", "-noforce_backward", "-dialect", "ssd"});
  CHECK(options.optimize);
  CHECK(options.keep == (std::vector<std::string>{"conv1", "ip2"}));
  CHECK_EQ(options.seed, uint64_t{18446744073709551615u});
  CHECK_EQ(options.level, -2);
  CHECK_EQ(options.threads, 3u);
  CHECK(options.has_force_backward() && !options.force_backward);
  CHECK_EQ(options.dialect, "ssd");
}

TEST(flags_that_are_not_given_leave_the_options_alone) {
  const NetOptions options = options_of({});
  CHECK(!options.has_seed() && !options.has_level() && !options.has_backend());
  CHECK(options.weights.empty());
}

TEST(values_that_no_option_can_hold_are_errors) {
  CHECK_FAILS(Status::kInvalidArgument, "-seed: expected a whole number that is not negative",
              options_of({"-seed", "-1"}));
  CHECK_FAILS(Status::kInvalidArgument, "-threads", options_of({"-threads", "-1"}));
  CHECK_FAILS(Status::kInvalidArgument, "-seed", options_of({"-seed", "many"}));
}

}  // namespace
}  // namespace caffe::tool
