// Drives a fuzz target until the time is up: every seed as it is, between them and after them
// changed ones.
//
//   fuzz_NAME [SECONDS [SEED]]      SECONDS: 20 or environment variable CAFFE_FUZZ_SECONDS
//   fuzz_NAME FILE                  runs one input, to look at a finding
//
// An input that fails is written to fuzz-NAME-crash in the current folder before it runs, so it is
// there after a crash, and removed at the end. The same SEED makes the same inputs.
#include "support/fuzz.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "core/error.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr size_t kLargestSeed = 1 << 16;  // larger files would leave time for few mutations
constexpr size_t kMostSeedFiles = 2000;
using Random = std::mt19937_64;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> all_seeds() {
  namespace fs = std::filesystem;
  std::vector<std::string> seeds = fuzz_seeds();
  const std::vector<std::string> suffixes = fuzz_seed_suffixes();
  const std::string root = shared_data();
  if (root.empty() || suffixes.empty()) return seeds;
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied)) {
    if (!entry.is_regular_file() || entry.file_size() > kLargestSeed) continue;
    const std::string name = entry.path().filename().string();
    if (std::any_of(suffixes.begin(), suffixes.end(),
                    [&](const std::string& suffix) { return name.ends_with(suffix); })) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  const size_t step = files.size() / kMostSeedFiles + 1;
  for (size_t i = 0; i < files.size(); i += step) seeds.push_back(read(files[i]));
  return seeds;
}

// One small change: flipped bits, an odd byte, a piece cut, doubled, moved, or taken from another
// seed.
void mutate(std::string& input, const std::vector<std::string>& seeds, Random& random) {
  const auto below = [&](size_t n) { return n == 0 ? 0 : static_cast<size_t>(random() % n); };
  static constexpr char kOdd[] = {0,   1,   '\x7f', '\x80', '\xff', '{',
                                  '}', '"', '\\',   '-',    '9',    '\n'};
  const size_t place = below(input.size() + 1);
  const size_t length = std::min(input.size() - place, below(below(64) + 1));
  switch (random() % 7) {
    case 0:
      if (place < input.size()) input[place] ^= static_cast<char>(1u << below(8));
      break;
    case 1:
      if (place < input.size()) input[place] = kOdd[below(sizeof kOdd)];
      break;
    case 2:
      input.insert(place, 1, kOdd[below(sizeof kOdd)]);
      break;
    case 3:
      input.erase(place, length);
      break;
    case 4:
      input.insert(below(input.size() + 1), input.substr(place, length));
      break;
    case 5: {
      const std::string& other = seeds[below(seeds.size())];
      input.insert(place, other.substr(below(other.size() + 1), below(256)));
      break;
    }
    default:
      input.resize(place);
  }
  if (input.size() > 2 * kLargestSeed) input.resize(2 * kLargestSeed);
}

class Driver {
 public:
  explicit Driver(std::string name) : crash_file_("fuzz-" + name + "-crash") {}

  // False when the target threw what is no Error.
  bool run(const std::string& input) {
    std::ofstream(crash_file_, std::ios::binary) << input;
    ++count_;
    try {
      // A buffer of exactly this size: the sanitizer sees a read behind the end.
      const std::vector<uint8_t> exact(input.begin(), input.end());
      fuzz_one(exact.data(), exact.size());
    } catch (const Error&) {
    } catch (const std::exception& error) {
      std::printf("FAILED  %s: an exception that is no Error: %s\n", crash_file_.c_str(),
                  error.what());
      return false;
    }
    std::filesystem::remove(crash_file_);
    return true;
  }

  int64_t count() const { return count_; }

 private:
  std::string crash_file_;
  int64_t count_ = 0;
};

int fuzz(const std::string& name, double seconds, uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<std::string> seeds = all_seeds();
  Random random(seed);
  std::shuffle(seeds.begin(), seeds.end(), random);
  Driver driver(name);
  bool good = !seeds.empty();
  for (size_t i = 0; good && elapsed() < seconds; ++i) {
    if (i < seeds.size() && !(good = driver.run(seeds[i]))) break;
    // The smaller of two: what goes wrong is seldom a matter of length, and time is.
    const std::string &one = seeds[random() % seeds.size()], &two = seeds[random() % seeds.size()];
    std::string input = one.size() < two.size() ? one : two;
    if (!fuzz_change(input, random)) {
      for (uint64_t n = 1 + random() % 8; n > 0; --n) mutate(input, seeds, random);
    }
    good = driver.run(input);
  }
  std::printf("%s: %lld inputs from %zu seeds in %.0f s\n", name.c_str(),
              static_cast<long long>(driver.count()), seeds.size(), elapsed());
  std::printf("%d passed, %d failed, 0 skipped\n", good ? 1 : 0, good ? 0 : 1);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace caffe::test

int main(int argc, char** argv) {
  using namespace caffe::test;
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  if (argc > 1 && std::filesystem::is_regular_file(argv[1])) {
    return Driver(name).run(read(argv[1])) ? 0 : 1;
  }
  const char* wanted = argc > 1 ? argv[1] : std::getenv("CAFFE_FUZZ_SECONDS");
  return fuzz(name, wanted ? std::atof(wanted) : 20,
              argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
