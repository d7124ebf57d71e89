// kernels/losses.cpp: what the layers' tests do not compare with the reference.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

// Classes from 0 on, and some that are ignored.
Blob labels(int64_t count, int64_t classes, bool ignores) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(ignores && i % 3 == 1 ? -1 : static_cast<float>(i * 5 % classes));
  }
  return blob_of({count}, values);
}

TEST(losses_are_the_reference_s) {
  compare_runs("contrastive loss", [](const Run& run) {
    std::vector<Blob> results;
    Blob squares = random_blob({50}, 1), similar = random_blob({50}, 2);
    run.kernels->multiply(squares.data(), squares.data(), squares.data());
    run.kernels->scale(2, similar.data());
    for (const bool legacy : {false, true}) {
      Blob slopes(Shape{50}), loss(Shape{1});
      run.kernels->contrastive_loss(squares.data(), similar.data(), 0.7f, legacy, 3, slopes.data(),
                                    loss.data());
      results.insert(results.end(), {slopes, loss});
    }
    return results;
  });
  compare_runs("hinge loss", [](const Run& run) {
    std::vector<Blob> results;
    Blob x = random_blob({30, 7}, 1), classes = labels(30, 7, false);
    run.kernels->scale(3, x.data());
    for (const bool squared : {false, true}) {
      Blob margins(x.shape()), loss(Shape{1});
      run.kernels->hinge_loss(x.data(), classes.data(), squared, 3, margins.data(), loss.data());
      results.insert(results.end(), {margins, loss});
    }
    return results;
  });
  compare_runs("infogain loss", [](const Run& run) {
    Blob p = random_blob({3, 5, 4, 6}, 1), classes = labels(72, 5, true);
    Blob gains = random_blob({5, 5}, 2), loss(Shape{1}), plain(Shape{1}), dx(p.shape());
    Blob dp(p.shape());
    run.kernels->multiply(p.data(), p.data(), p.data());
    run.settle(p);
    const SoftmaxSpec view{3, 5, 24};
    Kernels& k = *run.kernels;
    k.infogain_loss(p.data(), classes.data(), gains.data(), view, 3, loss.data());
    k.infogain_loss(p.data(), classes.data(), {}, view, 3, plain.data());
    k.infogain_loss_backward(p.data(), classes.data(), gains.data(), view, 0.5f, dx.data());
    k.multinomial_logistic_backward(p.data(), classes.data(), view, 0.5f, dp.data());
    return std::vector<Blob>{loss, plain, dx, dp};
  });
}

}  // namespace
}  // namespace caffe::test
