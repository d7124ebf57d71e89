// Trainings under a thousand seeds of random delays: what they come to is the same to the bit.
#include <memory>
#include <string>
#include <vector>

#include "cpp/net/device_nets.hpp"

namespace caffe::test {
namespace {

// Losses and weights of a few iterations.
std::vector<float> training(const std::string& text) {
  const auto solver = solver_on("emulated:0", text);
  std::vector<float> out;
  for (int i = 0; i < 2; ++i) {
    solver->step(1);
    out.push_back(loss_of(*solver->net()));
  }
  append(out, parameters(*solver->net()));
  return out;
}

TEST(device_delays_change_nothing) {
  std::vector<std::vector<float>> wanted;
  for (const std::string& text : device_nets()) wanted.push_back(training(text));
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const Delays delays(seed);
    const size_t net = seed % wanted.size();
    CHECK(training(device_nets()[net]) == wanted[net]);
  }
}

}  // namespace
}  // namespace caffe::test
