// Children made by fork(), and threads that are in the midst of something meanwhile.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

namespace caffe::test {

// Whether `body` answers true in a child; one that is not done after five minutes hangs.
template <class Body>
bool in_child(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(300);
    bool good = false;
    try {
      good = body();
    } catch (...) {
    }
    _exit(good ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

// A thread that does something, tells that it is in the midst of it, and waits for its end.
class Other {
 public:
  template <class Body>
  explicit Other(const Body& body)
      : thread_([this, body] {
          body([this] {
            begun_.set_value();
            end_.get_future().wait();
          });
        }) {
    begun_.get_future().wait();
  }
  ~Other() {
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> begun_, end_;
  std::thread thread_;
};

}  // namespace caffe::test
