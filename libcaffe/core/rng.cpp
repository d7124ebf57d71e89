#include "core/rng.hpp"

#include <atomic>
#include <cmath>
#include <random>

namespace caffe {

std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter_high, uint64_t counter_low) {
  uint32_t x0 = static_cast<uint32_t>(counter_low), x1 = static_cast<uint32_t>(counter_low >> 32);
  uint32_t x2 = static_cast<uint32_t>(counter_high), x3 = static_cast<uint32_t>(counter_high >> 32);
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * x0, p1 = uint64_t{0xCD9E8D57} * x2;
    const uint32_t y0 = static_cast<uint32_t>(p1 >> 32) ^ x1 ^ k0;
    const uint32_t y2 = static_cast<uint32_t>(p0 >> 32) ^ x3 ^ k1;
    x1 = static_cast<uint32_t>(p1);
    x3 = static_cast<uint32_t>(p0);
    x0 = y0;
    x2 = y2;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {x0, x1, x2, x3};
}

uint32_t Rng::operator()() {
  const uint64_t word = index_ & 3;
  if (word == 0) words_ = philox(seed_, stream_, index_ >> 2);
  ++index_;
  return words_[word];
}

uint64_t Rng::below(uint64_t bound) {
  const uint64_t word = (uint64_t{(*this)()} << 32) | (*this)();
  return static_cast<uint64_t>((static_cast<unsigned __int128>(word) * bound) >> 64);
}

// Box-Muller: two uniforms give two normals.
float Rng::gaussian() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double u = ((*this)() + 1.0) * 0x1p-32, v = (*this)() * 0x1p-32;
  const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * M_PI * v;
  spare_ = static_cast<float>(radius * std::sin(angle));
  has_spare_ = true;
  return static_cast<float>(radius * std::cos(angle));
}

namespace {

uint64_t entropy() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

std::atomic<uint64_t> process_seed{entropy()};
std::atomic<uint64_t> nets_seeded{0};

}  // namespace

void set_random_seed(uint64_t seed) {
  process_seed = seed;
  nets_seeded = 0;
}

uint64_t next_net_seed() {
  const auto words = philox(process_seed, 0x6e6574, nets_seeded++);
  return (uint64_t{words[0]} << 32) | words[1];
}

}  // namespace caffe
