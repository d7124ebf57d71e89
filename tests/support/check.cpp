// The C++ test programs' main: runs what TEST registered.
#include "support/check.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

namespace caffe::test {
namespace {

struct Test {
  const char* name;
  const char* file;
  void (*body)();
};

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

bool selected(const Test& test, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strstr(test.name, argv[i]) || std::strstr(test.file, argv[i])) return true;
  }
  return argc <= 1;
}

int run_all(int argc, char** argv) {
  int passed = 0, failed = 0, skipped = 0;
  for (const Test& test : tests()) {
    if (!selected(test, argc, argv)) continue;
    std::string message = "an exception that is no std::exception";
    const auto start = std::chrono::steady_clock::now();
    try {
      test.body();
      ++passed;
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (seconds > 1) std::printf("slow    %s (%.1f s)\n", test.name, seconds);
      continue;
    } catch (const Skip& skip) {
      ++skipped;
      std::printf("skipped %s: %s\n", test.name, skip.reason.c_str());
      continue;
    } catch (const Failure& failure) {
      message = failure.message;
    } catch (const std::exception& error) {
      message = str(test.file, ": ", error.what());
    } catch (...) {
    }
    ++failed;
    std::printf("FAILED  %s: %s\n", test.name, message.c_str());
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed > 0 || passed + skipped == 0;
}

}  // namespace

Registrar::Registrar(const char* name, const char* file, void (*body)()) {
  tests().push_back({name, file, body});
}

void failed(const char* file, int line, const std::string& what) {
  throw Failure{str(file, ":", line, ": ", what)};
}

}  // namespace caffe::test

int main(int argc, char** argv) { return caffe::test::run_all(argc, argv); }
