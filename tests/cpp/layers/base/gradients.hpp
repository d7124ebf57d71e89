// The table of numeric gradients: each test file adds the rows of its layers,
//
//   const GradientCases gradients{{"type: 'Tile' tile_param { tiles: 2 }", {{-1, 3}}}};
//
// and gradients.cpp compares backward() with differences for all of them, with random shapes and
// values on every backend; contract.cpp checks that they do what the net relies on.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "cpp/layers/base/layer_run.hpp"

namespace caffe::test {

struct GradientCase {
  std::string text;  // a LayerParameter's; its weights need fillers
  // The bottoms; -1 stands for a random extent from 1 to 4, the same for one axis of all bottoms.
  std::vector<std::vector<int64_t>> shapes;
  // How many bottoms, counted from the first, have a gradient.
  size_t differentiable = 1;
  // How many labels there are, when the second bottom holds labels.
  int64_t classes = 0;
  Phase phase = TRAIN;
  size_t tops = 1;
  // The bottoms whose values are not drawn: boxes, indices.
  std::map<size_t, Values> given = {};
  // The parameters that have no gradient.
  std::vector<size_t> constant_params = {};
  std::string dialect = "";
};

struct GradientCases {
  GradientCases(std::initializer_list<GradientCase> cases);
};

const std::vector<GradientCase>& gradient_cases();
// The bottoms of a case, with the shapes and labels of `seed`; all random extents are `extent` when
// it is not 0.
std::vector<Input> gradient_inputs(const GradientCase& each, uint64_t seed, int64_t extent = 0);

}  // namespace caffe::test
