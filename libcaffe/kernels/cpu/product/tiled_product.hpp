// The inner product's forward by register tiles, for rows enough to fill their columns. x
// transposed, which is small, is cut so that a part stays in a core's cache while the weights go by
// (after Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008, who pack
// both operands: here the large one is used only once, and packing it would take as long as the
// product).
#pragma once

#include <cstdint>
#include <vector>

namespace caffe {

// Whether it is faster than packing the weights first, which oneDNN's does.
bool tiled_product_suits(int64_t rows);

// y (rows x outputs) = x (rows x inputs) times w (outputs x inputs) transposed, plus bias (may be
// null). Reads the weights as they are, once: each tile has rows of w and all rows of x,
// transposed.
void tiled_product(int64_t rows, int64_t inputs, int64_t outputs, const float* x, const float* w,
                   const float* bias, float* y, std::vector<float>& scratch);

}  // namespace caffe
