// The C++ test programs' main: runs what TEST registered.
#include "support/check.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
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

// "layers/activation/relu" of tests/cpp/layers/activation/relu.cpp; likewise of the source's path.
std::string place_of(std::string_view path) {
  for (const std::string_view root : {"tests/cpp/", "tests/", "libcaffe/"}) {
    const size_t found = path.rfind(root);
    if (found == path.npos || (found > 0 && path[found - 1] != '/')) continue;
    path.remove_prefix(found + root.size());
    break;
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(0, path.rfind(".cpp")));
}

// Whether `word` names the file, a folder it lies in, or some of the path's parts in a row.
bool lies_in(const std::string& place, const std::string& word) {
  return ("/" + place + "/").find("/" + word + "/") != std::string::npos;
}

bool selected(const Test& test, const std::string& word) {
  return std::strstr(test.name, word.c_str()) != nullptr ||
         lies_in(place_of(test.file), place_of(word));
}

// The tests that any of the words select; a word that selects none is an error.
std::vector<Test> chosen(const std::vector<std::string>& words) {
  std::vector<bool> wanted(tests().size(), words.empty());
  for (const std::string& word : words) {
    bool any = false;
    for (size_t i = 0; i < tests().size(); ++i) {
      if (!selected(tests()[i], word)) continue;
      any = wanted[i] = true;
    }
    if (!any) {
      throw Failure{
          str("no case has \"", word, "\" in its name, and no file or folder is ",
              "named so; --list shows all of this program, tests/README.md says what the ",
              "others have")};
    }
  }
  std::vector<Test> some;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) some.push_back(tests()[i]);
  }
  return some;
}

std::string title_of(const Test& test) {
  return place_of(test.file) + ": " + test.name;
}

int run(const std::vector<Test>& some) {
  int passed = 0, failed = 0, skipped = 0;
  for (const Test& test : some) {
    const std::string title = title_of(test);
    std::string message = "an exception that is no std::exception";
    const auto start = std::chrono::steady_clock::now();
    try {
      test.body();
      ++passed;
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (seconds > 1) std::printf("slow    %s (%.1f s)\n", title.c_str(), seconds);
      continue;
    } catch (const Skip& skip) {
      ++skipped;
      std::printf("skipped %s: %s\n", title.c_str(), skip.reason.c_str());
      continue;
    } catch (const Failure& failure) {
      message = failure.message;
    } catch (const std::exception& error) {
      message = str(test.file, ": ", error.what());
    } catch (...) {
    }
    ++failed;
    std::printf("FAILED  %s: %s\n", title.c_str(), message.c_str());
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

int main(int argc, char** argv) {
  using namespace caffe::test;
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool list = std::erase(words, "--list") > 0;
  try {
    const std::vector<Test> some = chosen(words);
    if (!list) return run(some);
    for (const Test& test : some) std::printf("%s\n", title_of(test).c_str());
    return 0;
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s: %s\n", argv[0], failure.message.c_str());
    return 2;
  }
}
