// Memory and the work under way that uses it, with random delays.
#include "core/memory.hpp"

#include <string>
#include <vector>

#include "cpp/core/device_work.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// `body` with two queues, with many delays.
template <class Body>
void with_two_queues(const Body& body) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Delays delays(seed);
    body(Queue::make(emulated()), Queue::make(emulated()));
  }
}

TEST(memory_readers_wait_for_the_writer_of_another_queue) {
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle memory = device_memory(one), out = device_memory(two);
    fill_on(one, memory, 3);
    copy_on(two, memory, out);
    check_all(two, out, 3);
  });
}

TEST(memory_writers_wait_for_the_readers_of_other_queues) {
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle memory = device_memory(one), out = device_memory(two);
    fill_on(one, memory, 3);
    copy_on(two, memory, out);
    fill_on(one, memory, 4);
    check_all(two, out, 3);
    check_all(one, memory, 4);
    copy_on(two, memory, out);
    fill_on(two, memory, 5);
    copy_on(one, memory, out);
    check_all(two, out, 5);
  });
}

// The uses of a command are those of its kernel, whatever is issued, and waited for, in between.
TEST(memory_is_in_use_until_the_whole_command_is_done) {
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle memory = device_memory(one), out = device_memory(two);
    const MemoryHandle other = device_memory(two), host = Memory::of_host(kFloatBytes);
    fill_on(one, memory, 3);
    memory->read_by(two);
    host->read_by(two);
    other->written_by(two);
    two->copy(other->address(), host->address(), kFloatBytes, CAFFE_COPY_TO_DEVICE);
    host->written_by_host();  // waits, and knows that all so far is done
    out->written_by(two);
    two->issue(two->device().table().kernels->copy, memory->values(), out->values(), kFloats);
    two->issue(two->device().table().kernels->copy, memory->values(), other->values(), kFloats);
    two->end_command();
    fill_on(one, memory, 4);
    check_all(two, out, 3);
    check_all(two, other, 3);
  });
}

// A thread that fetches a value uses the queue of another one, which is in the midst of a command.
TEST(memory_in_use_by_a_command_while_another_thread_fetches) {
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle memory = device_memory(one), out = device_memory(two);
    fill_on(one, memory, 3);
    fill_on(two, out, 0);
    memory->read_by(two);
    check_all(two, out, 0);
    out->written_by(two);
    two->issue(two->device().table().kernels->copy, memory->values(), out->values(), kFloats);
    two->end_command();
    fill_on(one, memory, 4);
    check_all(two, out, 3);
  });
}

TEST(memory_of_the_host_waits_for_copies_before_it_is_written) {
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle host = Memory::of_host(kFloatBytes);
    const MemoryHandle here = device_memory(one), there = device_memory(two);
    for (int round = 1; round < 4; ++round) {
      host->written_by_host();
      for (int64_t i = 0; i < kFloats; ++i) host->values()[i] = static_cast<float>(round);
      upload_on(one, host, here);
      upload_on(two, host, there);
    }
    host->written_by_host();
    host->values()[0] = 7;
    check_all(one, here, 3);
    check_all(two, there, 3);
  });
}

TEST(memory_of_the_host_waits_for_all_copies_even_if_one_fails) {
  const Faults faults;
  with_two_queues([&](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle host = Memory::of_host(kFloatBytes);
    const MemoryHandle here = device_memory(one), there = device_memory(two);
    faults.fail_launch(1);
    upload_on(one, host, here);
    upload_on(two, host, there);
    CHECK_FAILS(Status::kUnsupported, "it was told to fail", host->written_by_host());
    CHECK(one->known_done(one->command() - 1));
    CHECK(two->known_done(two->command() - 1));
    host->written_by_host();
  });
}

TEST(memory_goes_when_the_work_that_uses_it_is_done) {
  const DeviceFigures before = emulated().figures();
  with_two_queues([](const QueueHandle& one, const QueueHandle& two) {
    const MemoryHandle out = device_memory(two);
    {
      const MemoryHandle memory = device_memory(one), host = Memory::of_host(kFloatBytes);
      host->values()[1] = 1;
      upload_on(one, host, memory);
      copy_on(two, memory, out);
    }
    // What takes its place is another one's.
    const MemoryHandle next = device_memory(one), host = Memory::of_host(kFloatBytes);
    fill_on(one, next, 8);
    CHECK_EQ(fetched(two, out)[1], 1.0f);
  });
  CHECK_EQ(emulated().figures().bytes, before.bytes);
  CHECK_EQ(emulated().figures().allocations, before.allocations);
}

// Else each clone of a net would leave a queue behind in the weights that it has read.
TEST(memory_forgets_queues_that_are_done) {
  const QueueHandle queue = Queue::make(emulated());
  const MemoryHandle memory = device_memory(queue);
  fill_on(queue, memory, 1);
  const int64_t before = emulated_figures().queues;
  for (int i = 0; i < 20; ++i) {
    const QueueHandle other = Queue::make(emulated());
    const MemoryHandle out = device_memory(other);
    copy_on(other, memory, out);
    other->drain();
  }
  CHECK(emulated_figures().queues <= before + 1);
  CHECK(memory->writer() == queue);
  {
    const QueueHandle other = Queue::make(emulated());
    fill_on(other, memory, 2);
    CHECK(memory->writer() == other);
    other->drain();
  }
  check_all(queue, memory, 2);
  copy_on(queue, memory, device_memory(queue));
  CHECK(memory->writer() == queue);
  CHECK_EQ(emulated_figures().queues, before);
}

TEST(memory_of_a_queue_that_is_gone_is_waited_for_all_the_same) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Delays delays(seed);
    const QueueHandle queue = Queue::make(emulated());
    const MemoryHandle memory = device_memory(queue);
    for (int i = 0; i < 3; ++i) {
      const QueueHandle other = Queue::make(emulated());
      fill_on(other, memory, static_cast<float>(i));
      fill_on(queue, memory, 5);  // the last that holds the other one lets it go
      fill_on(other, memory, 6);
    }
    check_all(queue, memory, 6);
  }
}

TEST(memory_that_is_not_there_is_an_error) {
  const Faults faults;
  const QueueHandle queue = Queue::make(emulated());
  const DeviceFigures before = emulated().figures();
  faults.fail_allocation(2);
  const MemoryHandle memory = device_memory(queue);
  CHECK_FAILS(Status::kOutOfMemory, "no memory for 256 bytes on device \"emulated:0\"",
              device_memory(queue));
  CHECK_EQ(emulated().figures().bytes, before.bytes + kFloatBytes);
  faults.set_memory(1000);
  CHECK_FAILS(Status::kOutOfMemory, "it has 1000 bytes", device_memory(queue));
}

// What is given back behind the queue's work is there again for the queue.
TEST(memory_given_back_is_there_for_the_next) {
  const Faults faults;
  const QueueHandle queue = Queue::make(emulated());
  queue->wait(queue->command());
  faults.set_memory(emulated_figures().bytes + 8192);
  for (int i = 0; i < 50; ++i) {
    const MemoryHandle one = device_memory(queue), two = device_memory(queue);
    fill_on(queue, one, 1);
    copy_on(queue, one, two);
  }
}

}  // namespace
}  // namespace caffe::test
