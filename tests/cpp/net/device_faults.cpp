// Nets on a device that has no memory, whose work fails, that is lost, or in another process.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cpp/net/device_nets.hpp"
#include "support/children.hpp"

namespace caffe::test {
namespace {

const char* const kThere = "emulated:0";

// What the device has been asked for, to be found the same again.
class Balance {
 public:
  void check() const {
    CHECK_EQ(emulated().figures().bytes, bytes_);
    CHECK_EQ(emulated().figures().allocations, allocations_);
    CHECK_EQ(emulated_figures().queues, queues_);
  }

 private:
  const int64_t bytes_ = emulated().figures().bytes;
  const int64_t allocations_ = emulated().figures().allocations;
  const int64_t queues_ = emulated_figures().queues;
};

TEST(device_without_memory_at_any_time_leaves_a_net_that_works) {
  const Faults faults;
  for (const std::string& text : device_nets()) {
    const std::vector<float> wanted = pass_of(*net_on(kThere, text));
    const Balance balance;
    bool failed = true;
    for (int64_t n = 1; failed; ++n) {
      failed = false;
      {
        const auto net = net_on(kThere, text);
        faults.fail_allocation(n);
        try {
          pass_of(*net);
        } catch (const Error& error) {
          failed = true;
          CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kOutOfMemory));
        }
        faults.fail_allocation(0);
        check_near(pass_of(*net), wanted, 0);
      }
      balance.check();
    }
  }
}

TEST(device_without_memory_for_a_net_or_a_move) {
  const Faults faults;
  for (const std::string& text : device_nets()) {
    const std::vector<float> wanted = pass_of(*net_on("cpu", text));
    const Balance balance;
    bool failed = true;
    for (int64_t n = 1; failed; ++n) {
      failed = false;
      faults.fail_allocation(n);
      try {
        net_on(kThere, text);
      } catch (const Error& error) {
        failed = true;
        CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kOutOfMemory));
      }
      const auto net = net_on("cpu", text);
      net->forward();
      faults.fail_allocation(n);
      try {
        net->set_device(emulated());
      } catch (const Error& error) {
        failed = true;
        CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kOutOfMemory));
      }
      faults.fail_allocation(0);
      check_near(pass_of(*net), wanted);
      net->set_device(emulated());
      check_near(pass_of(*net), wanted);
    }
    balance.check();
  }
}

TEST(device_with_little_memory) {
  const Faults faults;
  const auto net = net_on(kThere, kImageNet);
  const std::vector<float> wanted = pass_of(*net);
  const auto other = net_on(kThere, kImageNet);
  faults.set_memory(emulated_figures().bytes + 5 * 4096);
  CHECK_FAILS(Status::kOutOfMemory, "layer \"", other->forward());
  CHECK_FAILS(Status::kOutOfMemory, "on device \"emulated:0\", in which nets have",
              other->forward());
  check_near(pass_of(*net), wanted, 0);
  faults.set_memory(int64_t{8} << 30);
  check_near(pass_of(*other), wanted, 0);
}

TEST(device_whose_work_fails_goes_on) {
  const Faults faults;
  for (const std::string& text : device_nets()) {
    const auto net = net_on(kThere, text);
    const std::vector<float> wanted = pass_of(*net);
    bool failed = true;
    for (int64_t n = 1; failed; n += 3) {
      failed = false;
      faults.fail_launch(n);
      try {
        pass_of(*net);
      } catch (const Error& error) {
        failed = true;
        CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kUnsupported));
        CHECK(std::string(error.what()).find("work that it was given earlier has failed") !=
              std::string::npos);
      }
      faults.fail_launch(0);
      check_near(pass_of(*net), wanted, 0);
    }
  }
}

TEST(device_that_is_lost_is_an_error) {
  const Faults faults;
  for (const std::string& text : device_nets()) {
    const std::vector<float> wanted = pass_of(*net_on(kThere, text));
    const Balance balance;
    for (int64_t n = 1; n < 30; n += 4) {
      {
        const auto net = net_on(kThere, text);
        faults.lose(n);
        for (int i = 0; i < 2; ++i) CHECK_FAILS(Status::kUnsupported, "is lost", pass_of(*net));
        CHECK_FAILS(Status::kUnsupported, "is lost", net_on(kThere, text));
      }
      faults.lose(0);
      faults.recover();
      balance.check();
      check_near(pass_of(*net_on(kThere, text)), wanted, 0);
    }
  }
}

// CAFFE_SYNC is read once in a process: this test runs itself in another one.
TEST(device_that_waits_names_the_layer_that_failed) {
  if (synchronous()) {
    const Faults faults;
    const auto net = net_on(kThere, kResidualNet);
    const std::vector<float> wanted = pass_of(*net);
    net->seek(0);
    faults.fail_launch(4);  // behind data, labels are for later; convolution, statistics
    CHECK_FAILS(Status::kUnsupported, "layer \"bn\" (BatchNorm)", net->forward());
    check_near(pass_of(*net), wanted, 0);
    return;
  }
  CHECK(in_child([] {
    setenv("CAFFE_SYNC", "1", 1);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execl("/proc/self/exe", "test_cpp", "device_that_waits_names_the_layer_that_failed", nullptr);
    return false;
  }));
}

TEST(device_of_a_net_from_before_a_fork) {
  auto net = net_on(kThere, kImageNet);
  const std::vector<float> wanted = pass_of(*net);
  CHECK(in_child([&] {
    const char* const why = "in a process made by fork()";
    CHECK_FAILS(Status::kState, why, net->forward());
    CHECK_FAILS(Status::kState, why, net->set_device(host_device()));
    // What the host has can be read.
    parameters(*net);
    // A net of its own, on the host.
    check_near(pass_of(*net_on("cpu", kImageNet)), wanted);
    return true;
  }));
  CHECK(in_child([&] {
    net.reset();
    return true;
  }));
  check_near(pass_of(*net), wanted, 0);
}

}  // namespace
}  // namespace caffe::test
