// The numbers of Winograd's minimal filtering, made by Toom and Cook's construction. A row of
// m = kOutputs sums of r = kTaps products each,
//   y[i] = sum over t of g[t] d[i + t],   y = A ((G g) * (B d)),
// takes n = m + r - 1 products: a polynomial product evaluated at n points, 0, 1, -1, 2, -2, 1/2,
// -1/2 as far as needed and infinity, turned around. With f(a) the product of a's distances to the
// other points, row a of G is (1, a, a^2, ...) / f(a), of B the coefficients of the polynomial that
// is zero at the other points, and column a of A is (1, a, a^2, ...). Rows of a and -a have
// much in common: B and G hold half their sum and half their difference instead, mostly zeros.
// (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.)
#pragma once

namespace caffe {

template <int kOutputs_, int kTaps_>
struct WinogradNumbers {
  static constexpr int kOutputs = kOutputs_, kTaps = kTaps_;
  static constexpr int kPoints = kOutputs + kTaps - 1;
  static constexpr int kPairs = (kPoints - 2) / 2;   // points 2 p + 1 and 2 p + 2 are a and -a
  static constexpr bool kSingle = kPoints % 2 == 1;  // the last but one has no opposite
  static_assert(kPoints <= 8);

  template <int kRows, int kColumns>
  struct Table {
    double rows[kRows][kColumns] = {};

    constexpr double* operator[](int row) { return rows[row]; }
    constexpr const double* operator[](int row) const { return rows[row]; }
  };
  struct Tables {
    Table<kPoints, kPoints> input;    // B
    Table<kPoints, kTaps> weights;    // G
    Table<kOutputs, kPoints> output;  // A
  };

  static constexpr Tables make() {
    constexpr double kAll[] = {0, 1, -1, 2, -2, 0.5, -0.5};
    constexpr int kFinite = kPoints - 1;
    Tables tables;
    for (int point = 0; point < kPoints; ++point) {
      const bool infinite = point == kFinite;
      double polynomial[kPoints] = {1}, distances = 1;
      int degree = 0;
      for (int other = 0; other < kFinite; ++other) {
        if (other == point) continue;
        for (int i = ++degree; i > 0; --i) {
          polynomial[i] = polynomial[i - 1] - kAll[other] * polynomial[i];
        }
        polynomial[0] *= -kAll[other];
        if (!infinite) distances *= kAll[point] - kAll[other];
      }
      for (int i = 0; i < kPoints; ++i) tables.input[point][i] = polynomial[i];
      if (infinite) {
        tables.weights[point][kTaps - 1] = tables.output[kOutputs - 1][point] = 1;
        continue;
      }
      double power = 1;
      for (int i = 0; i < kPoints; ++i) {
        if (i < kTaps) tables.weights[point][i] = power / distances;
        if (i < kOutputs) tables.output[i][point] = power;
        power *= kAll[point];
      }
    }
    for (int pair = 0; pair < kPairs; ++pair) {
      for (int i = 0; i < kPoints; ++i) {
        halve(tables.input[2 * pair + 1][i], tables.input[2 * pair + 2][i]);
        if (i < kTaps) halve(tables.weights[2 * pair + 1][i], tables.weights[2 * pair + 2][i]);
      }
    }
    return tables;
  }

  static constexpr void halve(double& a, double& b) {
    const double sum = (a + b) / 2;
    b = (a - b) / 2, a = sum;
  }

  // Objects of their own, as not every compiler takes a part of one as a template's argument.
  static constexpr auto kInputTable = make().input;
  static constexpr auto kWeightTable = make().weights;
  static constexpr auto kOutputTable = make().output;
};

}  // namespace caffe
