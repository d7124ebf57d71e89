// Work in order on a device: who waits for whom, and what becomes of work that fails.
#include "core/queue.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "cpp/core/device_work.hpp"
#include "support/check.hpp"
#include "support/children.hpp"

namespace caffe::test {
namespace {

const char* const kEarlier = "work that it was given earlier has failed";

TEST(queue_does_its_work_in_order) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Delays delays(seed);
    const QueueHandle queue = Queue::make(emulated());
    const MemoryHandle memory = device_memory(queue), other = device_memory(queue);
    for (int i = 0; i < 5; ++i) fill_on(queue, memory, static_cast<float>(i));
    copy_on(queue, memory, other);
    fill_on(queue, memory, 9);
    check_all(queue, other, 4);
    check_all(queue, memory, 9);
  }
}

TEST(queue_waits_for_commands_by_their_numbers) {
  const QueueHandle queue = Queue::make(emulated());
  const MemoryHandle memory = device_memory(queue);
  const uint64_t first = queue->command();
  fill_on(queue, memory, 1);
  CHECK_EQ(queue->command(), first + 1);
  CHECK(!queue->known_done(first));
  queue->wait(first);
  CHECK(queue->known_done(first));
  const int64_t waits = emulated().figures().waits;
  queue->wait(first);
  CHECK_EQ(emulated().figures().waits, waits);
  // What there is of a command that is not all there.
  queue->issue(emulated().table().kernels->fill, 2.0f, memory->values(), kFloats);
  queue->wait(queue->command());
  CHECK(!queue->known_done(queue->command()));
  check_all(queue, memory, 2);
}

TEST(queue_counts_what_its_device_was_given) {
  const QueueHandle queue = Queue::make(emulated());
  const DeviceFigures before = emulated().figures();
  {
    const MemoryHandle memory = device_memory(queue), host = Memory::of_host(kFloatBytes);
    upload_on(queue, host, memory);
    check_all(queue, memory, 0);
    queue->copy(memory->address(), host->address(), 0, CAFFE_COPY_TO_DEVICE);  // nothing
    const DeviceFigures now = emulated().figures();
    CHECK_EQ(now.allocations, before.allocations + 1);
    CHECK_EQ(now.bytes, before.bytes + kFloatBytes);
    CHECK_EQ(now.uploads, before.uploads + 1);
    CHECK_EQ(now.downloads, before.downloads + 1);
    CHECK_EQ(now.bytes_up, before.bytes_up + kFloatBytes);
    CHECK_EQ(now.bytes_down, before.bytes_down + kFloatBytes);
    CHECK_EQ(now.operations, before.operations + 2);
  }
  CHECK_EQ(emulated().figures().bytes, before.bytes);
}

TEST(queue_says_once_that_work_has_failed) {
  const Faults faults;
  const QueueHandle queue = Queue::make(emulated());
  const MemoryHandle memory = device_memory(queue);
  faults.fail_launch(2);
  for (int i = 0; i < 3; ++i) fill_on(queue, memory, 1);
  CHECK_FAILS(Status::kUnsupported, kEarlier, queue->wait(queue->command()));
  queue->wait(queue->command());
  check_all(queue, memory, 1);
}

// Also when nobody could be told: memory that went waited for the work.
TEST(queue_says_what_failed_while_memory_went) {
  const Faults faults;
  const QueueHandle queue = Queue::make(emulated());
  const MemoryHandle memory = device_memory(queue);
  queue->wait(queue->command());
  faults.fail_launch(1);
  {
    const MemoryHandle host = Memory::of_host(kFloatBytes);
    upload_on(queue, host, memory);
  }
  CHECK(queue->known_done(queue->command() - 1));
  CHECK_FAILS(Status::kUnsupported, "it was told to fail", queue->wait(queue->command() - 1));
}

TEST(queue_of_a_lost_device_fails_and_goes) {
  const Faults faults;
  const QueueHandle queue = Queue::make(emulated());
  {
    const MemoryHandle memory = device_memory(queue);
    faults.lose(1);
    fill_on(queue, memory, 1);
    CHECK_FAILS(Status::kUnsupported, "the device is lost", queue->wait(queue->command()));
    CHECK_FAILS(Status::kUnsupported, "the device is lost", device_memory(queue));
    CHECK_FAILS(Status::kUnsupported, "the device is lost", Queue::make(emulated()));
    CHECK_FAILS(Status::kUnsupported, "the device is lost", emulated().describe());
  }
  faults.recover();
  const QueueHandle again = Queue::make(emulated());
  const MemoryHandle memory = device_memory(again);
  fill_on(again, memory, 3);
  check_all(again, memory, 3);
}

TEST(queue_is_waited_for_by_many_threads) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Delays delays(seed);
    const QueueHandle queue = Queue::make(emulated());
    const MemoryHandle memory = device_memory(queue);
    std::atomic<uint64_t> last{0};
    std::vector<std::thread> waiting;
    for (int i = 0; i < 3; ++i) {
      waiting.emplace_back([&] {
        while (last < 20) {
          const uint64_t number = queue->command() - 1;
          queue->wait(number);
          CHECK(queue->known_done(number));
          std::this_thread::yield();
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      fill_on(queue, memory, static_cast<float>(i));
      ++last;
    }
    for (std::thread& each : waiting) each.join();
    check_all(queue, memory, 19);
  }
}

TEST(queue_of_another_process_is_an_error_and_no_hang) {
  QueueHandle queue = Queue::make(emulated());
  MemoryHandle memory = device_memory(queue), host = Memory::of_host(kFloatBytes);
  fill_on(queue, memory, 1);
  upload_on(queue, host, memory);
  CHECK(in_child([&] {
    const char* const why = "in a process made by fork()";
    CHECK_FAILS(Status::kState, why, fill_on(queue, memory, 2));
    CHECK_FAILS(Status::kState, why, device_memory(queue));
    CHECK_FAILS(Status::kState, why, queue->wait(queue->command()));
    host->written_by_host();  // the copies read the parent's
    host->values()[0] = 5;
    return host->values()[0] == 5;
  }));
  // What was made before goes without a word.
  CHECK(in_child([&] {
    memory.reset();
    host.reset();
    queue->drain();
    queue.reset();
    return true;
  }));
  check_all(queue, memory, 0);
}

}  // namespace
}  // namespace caffe::test
