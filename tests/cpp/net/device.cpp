// Net::set_device, clones on two devices, and weights that go from one to the other.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cpp/net/device_nets.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

const char* const kThere = "emulated:0";

TEST(device_computes_what_the_host_does) {
  for (const std::string& text : device_nets()) {
    const auto host = net_on("cpu", text), there = net_on(kThere, text);
    CHECK(&there->device() == &emulated());
    for (int64_t pass = 0; pass < 3; ++pass)
      check_near(pass_of(*there, pass), pass_of(*host, pass));
  }
}

TEST(device_is_changed_in_the_middle_of_training) {
  for (const std::string& text : device_nets()) {
    const auto stays = solver_on("cpu", text), moves = solver_on("cpu", text);
    for (int i = 0; i < 8; ++i) {
      if (i % 2 == 1) moves->net()->set_device(i % 4 == 1 ? emulated() : host_device());
      stays->step(1);
      moves->step(1);
      CHECK_NEAR(loss_of(*moves->net()), loss_of(*stays->net()), 1e-4, 1e-4);
    }
    check_near(parameters(*moves->net()), parameters(*stays->net()));
  }
}

TEST(device_is_changed_between_forward_and_backward) {
  for (const std::string& text : device_nets()) {
    const auto stays = net_on("cpu", text);
    for (const bool to_host : {false, true}) {
      const auto moves = net_on(to_host ? kThere : "cpu", text);
      for (int64_t pass = 0; pass < 2; ++pass) {
        const std::vector<float> wanted = pass_of(*stays, pass);
        moves->seek(pass);
        moves->clear_param_diffs();
        CHECK_NEAR(moves->forward(), wanted[0], 1e-4, 1e-4);
        moves->set_device(to_host ? host_device() : emulated());
        moves->backward();
        check_near(parameters(*moves, true), {wanted.begin() + 1, wanted.end()});
        moves->set_device(to_host ? emulated() : host_device());
      }
    }
  }
}

// Gradients of the loss that somebody has chosen stay.
TEST(device_change_keeps_the_loss_s_gradient) {
  const auto net = net_on("cpu", kResidualNet);
  net->forward();
  *net->blobs()[net->blob_index("loss")]->diff().write() = 3;
  net->set_device(emulated());
  CHECK_EQ(*net->blobs()[net->blob_index("loss")]->diff().read(), 3.0f);
}

TEST(device_of_a_net_that_is_optimized) {
  for (const std::string& text : {kImageNet, kResidualNet}) {
    const auto plain = net_on("cpu", text, TEST),
               fast = net_on("cpu", text, TEST, "optimize: true");
    for (int64_t pass = 0; pass < 6; ++pass) {
      fast->set_device(pass % 2 == 1 ? emulated() : host_device());
      plain->seek(pass);
      fast->seek(pass);
      CHECK_NEAR(fast->forward(), plain->forward(), 1e-4, 1e-4);
    }
  }
}

// In phase TEST layers run as fused steps, of which backward does what was left out.
TEST(device_of_a_net_of_fused_steps) {
  for (const std::string& text : {kImageNet, kResidualNet}) {
    const std::string force = "force_backward: true";
    const auto stays = net_on("cpu", text, TEST, force), moves = net_on("cpu", text, TEST, force);
    const std::vector<float> wanted = pass_of(*stays);
    moves->clear_param_diffs();
    CHECK_NEAR(moves->forward(), wanted[0], 1e-4, 1e-4);
    moves->set_device(emulated());
    moves->backward();
    check_near(parameters(*moves, true), {wanted.begin() + 1, wanted.end()});
    check_near(pass_of(*moves), wanted);
  }
}

TEST(device_needs_one_copy_of_what_it_is_given) {
  const auto net = net_on(kThere, kImageNet);
  pass_of(*net);
  const DeviceFigures before = emulated().figures();
  net->seek(1);
  net->forward();
  const DeviceFigures after = emulated().figures();
  CHECK_EQ(after.uploads - before.uploads, 2);      // data and labels
  CHECK_EQ(after.downloads - before.downloads, 1);  // the loss
}

TEST(device_gives_back_all_that_it_was_asked_for) {
  const DeviceFigures before = emulated().figures();
  const int64_t queues = emulated_figures().queues;
  for (const std::string& text : device_nets()) {
    const auto net = net_on(kThere, text);
    pass_of(*net);
    CHECK(emulated().figures().bytes > before.bytes);
  }
  CHECK_EQ(emulated().figures().bytes, before.bytes);
  CHECK_EQ(emulated().figures().allocations, before.allocations);
  CHECK_EQ(emulated_figures().queues, queues);
}

TEST(device_of_a_clone_is_its_own) {
  for (const std::string& text : device_nets()) {
    const auto one = net_on("cpu", text);
    const std::unique_ptr<Net> two = one->clone();
    two->set_device(emulated());
    CHECK(one->device().is_host());
    check_near(pass_of(*two), pass_of(*one));
    // Their weights are one value, whoever changes them.
    Blob& weights = *one->learnable()[0].blob;
    CHECK(weights.data().same_storage(two->learnable()[0].blob->data()));
    weights.data().update()[1] = 0.5f;
    check_near(pass_of(*two), pass_of(*one));
    two->kernels().scale(0.5f, weights.data());
    CHECK_EQ(weights.data().read()[1], 0.25f);
    check_near(pass_of(*two), pass_of(*one));
  }
}

// Forwards of two threads, on the same and on different devices.
TEST(device_of_clones_that_run_at_once) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Delays delays(seed);
    const auto one = net_on(seed % 2 == 0 ? "cpu" : kThere, kImageNet);
    std::vector<float> wanted;
    for (int64_t pass = 0; pass < 4; ++pass) {
      one->seek(pass);
      wanted.push_back(one->forward());
    }
    const float scale = *one->learnable()[0].blob->data().update();
    *one->learnable()[0].blob->data().update() = scale;  // only the host has it now
    std::vector<std::unique_ptr<Net>> nets;
    for (int i = 0; i < 3; ++i) {
      nets.push_back(one->clone());
      nets.back()->set_device(i == 0 ? host_device() : emulated());
    }
    std::vector<std::vector<float>> losses(nets.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < nets.size(); ++i) {
      threads.emplace_back([&, i] {
        for (int64_t pass = 0; pass < 4; ++pass) {
          nets[i]->seek(pass);
          losses[i].push_back(nets[i]->forward());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::vector<float>& each : losses) check_near(each, wanted);
  }
}

TEST(device_s_weights_are_anybody_s) {
  const Folder folder;
  for (const std::string& text : device_nets()) {
    for (const char* const file : {"w.caffemodel", "w.h5"}) {
      for (const bool from_host : {false, true}) {
        const auto from = solver_on(from_host ? "cpu" : kThere, text);
        from->step(2);
        from->net()->save_weights(folder.file(file), false);
        const auto to = net_on(from_host ? kThere : "cpu", text);
        to->load_weights(folder.file(file));
        check_near(parameters(*to), parameters(*from->net()), 0);
        check_near(pass_of(*to, 5), pass_of(*from->net(), 5));
      }
    }
  }
}

TEST(device_s_snapshots_are_anybody_s) {
  const Folder folder;
  for (const std::string& text : device_nets()) {
    for (const bool from_host : {false, true}) {
      const std::string more =
          "type: 'Adam' momentum: 0.9 snapshot_prefix: '" + folder.file("s") + "'";
      const auto whole = solver_on(from_host ? "cpu" : kThere, text, more);
      whole->step(3);
      const std::string state = whole->snapshot();
      const auto resumed = solver_on(from_host ? kThere : "cpu", text, more);
      resumed->restore(state);
      whole->step(3);
      resumed->step(3);
      check_near(parameters(*resumed->net()), parameters(*whole->net()), 1e-3);
    }
  }
}

}  // namespace
}  // namespace caffe::test
