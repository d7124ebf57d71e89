// The widest instruction set of this machine that we have code for.
#pragma once

#include <string>

namespace caffe {

enum class Isa { kPlain, kAvx2, kAvx512 };

// CAFFE_MAX_ISA (plain, avx2, avx512) in the environment lowers it, to try what older machines run.
Isa machine_isa();

// What the processor calls itself.
std::string processor_name();

}  // namespace caffe
