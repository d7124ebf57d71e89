// Random numbers from a counter-based generator: the n-th number of a stream is a function of
// (seed, stream, n) alone, so it is the same for any number of threads and can be resumed at any
// place. Philox 4x32-10: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace caffe {

// Four random words for one counter value.
std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter_high, uint64_t counter_low);

class Rng {
 public:
  using result_type = uint32_t;  // so that it serves the standard library's algorithms

  // `stream` tells users of one seed apart (a layer's index, say); `block` is a place to begin
  // (an iteration, say): 2^32 numbers lie between two blocks.
  Rng(uint64_t seed, uint64_t stream, uint64_t block = 0)
      : seed_(seed), stream_(stream), begin_(block << 30), index_(block << 32) {}

  static constexpr uint32_t min() { return 0; }
  static constexpr uint32_t max() { return UINT32_MAX; }
  uint32_t operator()();

  // The i-th group of four words counted from where this generator began, whatever was drawn since:
  // lets several threads take parts of one sequence.
  std::array<uint32_t, 4> group(uint64_t i) const { return philox(seed_, stream_, begin_ + i); }

  // What philox() gets for that group, but for i: for those who call it elsewhere.
  uint64_t seed() const { return seed_; }
  uint64_t stream() const { return stream_; }
  uint64_t first_group() const { return begin_; }

  // Uniform in [0, 1), with 24 random bits.
  float uniform() { return static_cast<float>((*this)() >> 8) * 0x1p-24f; }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  // Uniform in [0, bound).
  uint64_t below(uint64_t bound);
  // Normal with mean 0 and standard deviation 1.
  float gaussian();

 private:
  uint64_t seed_, stream_;
  uint64_t begin_;  // the counter of the first group
  uint64_t index_;  // of the next word
  std::array<uint32_t, 4> words_{};
  float spare_ = 0;
  bool has_spare_ = false;
};

// Puts values in random order, each order as likely as any (Fisher and Yates; Knuth, The Art of
// Computer Programming, volume 2, algorithm 3.4.2P). Standard libraries' own differ in the order.
template <class Values>
void shuffle(Values& values, Rng& rng) {
  for (size_t i = std::size(values); i > 1; --i) {
    std::swap(values[i - 1], values[static_cast<size_t>(rng.below(i))]);
  }
}

// The process's seed, from the system's entropy until it is set. New nets take from it, one after
// the other: after set_random_seed(s) the k-th net created gets the same seed every time.
void set_random_seed(uint64_t seed);
uint64_t next_net_seed();

}  // namespace caffe
