// Which candidate was the fastest for which convolution: what was measured in this process, and,
// where there is a file for it, in others on machines like this one.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "core/fork.hpp"
#include "core/lru_cache.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// Choices kept at most, those of other machines in the file among them: a net's inputs may have
// ever new sizes.
constexpr size_t kMostChoices = 4096;

// A text of all that a choice depends on, but the machine. What is done with each result is not in
// it: the same convolution with and without an activation shall round alike.
std::string convolution_key(const ConvolutionSpec& spec, int threads);
// The same without the sizes of the batch and of its images: what one layer has in common with
// itself at another input size.
std::string convolution_family(const ConvolutionSpec& spec, int threads);

class ConvolutionChoices {
 public:
  // `path` may be "": then nothing outlives the process. A file that is none of ours is left alone
  // and lines of one that are damaged are dropped, both with a warning; so is a file that cannot
  // be written. It is first read by the first call below.
  explicit ConvolutionChoices(std::string path);

  std::optional<std::string> find(const std::string& key);
  // Writes the file anew, with what others have written there meanwhile.
  void remember(const std::string& key, const std::string& candidate);

  // Whether a convolution without a choice is to be measured at this forward. Measuring takes as
  // long as several forwards, so it has to pay: the first kReadily sizes of a family are measured
  // at once, as nets with one input size, or a few, want it; any further one (those of an image
  // pyramid, say) when it is asked for the kOften-th time.
  bool worth_measuring(const std::string& family, const std::string& key);
  static constexpr int kReadily = 16, kOften = 8;

 private:
  // Adds what the file says and is not known yet; returns what is to be warned of, or "".
  std::string load();
  std::string save() const;

  const std::string path_;
  Mutex mutex_;
  LruCache<std::string> lines_{kMostChoices};  // "machine<tab>key" to a candidate
  LruCache<int> readily_{1024};                // how many of a family were measured at once
  LruCache<int> asked_{4096};                  // how often each other key was asked for
  bool writes_, loaded_ = false;
};

// The process's own, with the file that CAFFE_CONVOLUTION_CACHE in the environment names.
ConvolutionChoices& convolution_choices();

}  // namespace caffe
