// All that is compiled for several instruction sets, as one table for each, and which of them this
// machine runs. An instruction set is one unit here (plain.cpp is for any machine), its flags in
// libcaffe/meson.build, and a line in simd.cpp that says how to know it.
#pragma once

#include <vector>

#include "kernels/cpu/simd/loops.hpp"
#include "kernels/cpu/simd/panel_products.hpp"
#include "kernels/cpu/simd/register_tile.hpp"
#include "kernels/cpu/simd/row_products.hpp"
#include "kernels/cpu/simd/weight_products.hpp"
#include "kernels/cpu/simd/winograd_loops.hpp"

namespace caffe {

struct Simd {
  const char* name;  // "plain", "avx2", "avx512"
  Loops loops;
  RowProducts row_products;
  WeightProducts weight_products;
  PanelProducts panel_products;
  WinogradLoops winograd;
  RegisterTile::Multiply multiply_tile;  // null where none is written
};

// The best one for this machine. CAFFE_MAX_ISA in the environment names a better one that is not
// to be exceeded, to try what older machines run.
const Simd& simd();

// That one and all below it, for tests to compare.
std::vector<const Simd*> all_simd();

}  // namespace caffe
