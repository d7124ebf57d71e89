// A fuzz target is one file in fuzz/ named fuzz_*.cpp that defines these four; support/fuzz.cpp
// drives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace caffe::test {

// Feeds one input to what is fuzzed. An Error is a fine answer; any other exception, a crash or
// what the sanitizers find is a failure.
void fuzz_one(const uint8_t* data, size_t size);

// Inputs to start from, made here.
std::vector<std::string> fuzz_seeds();

// Files below the shared data whose name ends so are seeds too: {".prototxt"}; none where there is
// none.
std::vector<std::string> fuzz_seed_suffixes();

// Changes an input in the way of its format, so that it mostly stays readable; false: this one is
// to be changed byte by byte, as every input of targets that know no other way.
bool fuzz_change(std::string& input, std::mt19937_64& random);

}  // namespace caffe::test
