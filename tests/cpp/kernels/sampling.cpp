// kernels/sampling.cpp, and the columns of a convolution.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

// Boxes within the images, across their edges, outside of them and turned around.
const std::vector<float> kRois = {0, 1,  1,  9,  6,  1, -4, -3, 5, 30,
                                  1, 40, 40, 50, 50, 0, 8,  6,  2, 1};

TEST(boxes_are_pooled_as_by_the_reference) {
  const Shape bottom{2, 12, 8, 11};
  const RoiSpec spec{2, 12, 8, 11, 4, 3, 2, 0.75f};
  compare_runs("boxes", [&](const Run& run) {
    Blob x = random_blob(bottom, 1), rois = blob_of({4, 5}, kRois);
    Blob y(Shape{4, 12, 3, 2}), index(y.shape()), dy = random_blob(y.shape(), 2), dx(bottom);
    Blob classes(Shape{4, 2, 3, 2}), dclasses = random_blob(classes.shape(), 3), dscores(bottom);
    run.settle(x);
    Kernels& k = *run.kernels;
    k.roi_pooling(x.data(), rois.data(), spec, y.data(), {});
    k.roi_pooling(x.data(), rois.data(), spec, y.data(), index.data());
    k.roi_pooling_backward(dy.data(), rois.data(), index.data(), spec, dx.data());
    k.psroi_pooling(x.data(), rois.data(), spec, classes.data());
    k.psroi_pooling_backward(dclasses.data(), rois.data(), spec, dscores.data());
    return std::vector<Blob>{y, index, dx, classes, dscores};
  });
}

TEST(boxes_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 1, 2, 3}, {1, 2, 3, 4, 5, 5}), rois = blob_of({1, 5}, {0, 0, 0, 2, 1});
    Blob y(Shape{1, 1, 1, 1}), index(Shape{1, 1, 1, 1}), dx(x.shape());
    const RoiSpec spec{1, 1, 2, 3, 1, 1, 1, 1};
    kernels->roi_pooling(x.data(), rois.data(), spec, y.data(), index.data());
    check_values(y, {5}, kernels->name());
    check_values(index, {4}, kernels->name());
    kernels->roi_pooling_backward(y.data(), rois.data(), index.data(), spec, dx.data());
    check_values(dx, {0, 0, 0, 0, 5, 0}, kernels->name());
    kernels->psroi_pooling(x.data(), rois.data(), spec, y.data());
    check_values(y, {20 / 6.0f}, kernels->name());
    kernels->psroi_pooling_backward(y.data(), rois.data(), spec, dx.data());
    check_values(dx, std::vector<float>(6, 20 / 36.0f), kernels->name());
  }
}

TEST(unpooling_is_the_reference_s) {
  for (const int averages : {0, 1}) {
    for (const int shares : {0, 1}) {
      const UnpoolingSpec spec{6, 4, 5, 8, 10, 3, 3, 2, 2, 1, 1, averages, shares};
      compare_runs(str("unpooling ", averages, shares), [&](const Run& run) {
        Blob x = random_blob({2, 3, 4, 5}, 1), y(Shape{2, 3, 8, 10});
        Blob dy = random_blob(y.shape(), 2), dx(x.shape());
        run.settle(x), run.settle(dy);
        run.kernels->unpooling(x.data(), spec, y.data());
        run.kernels->unpooling_backward(dy.data(), spec, dx.data());
        return std::vector<Blob>{y, dx};
      });
    }
  }
}

TEST(unpooling_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 1, 1, 2}, {2, 6}), y(Shape{1, 1, 1, 3}), dx(x.shape());
    const auto check = [&](int averages, int shares, const std::vector<float>& up,
                           const std::vector<float>& down) {
      const UnpoolingSpec spec{1, 1, 2, 1, 3, 1, 2, 1, 1, 0, 0, averages, shares};
      kernels->unpooling(x.data(), spec, y.data());
      check_values(y, up, kernels->name());
      kernels->unpooling_backward(y.data(), spec, dx.data());
      check_values(dx, down, kernels->name());
    };
    check(0, 0, {2, 8, 6}, {10, 14});
    check(1, 0, {1, 4, 3}, {2.5f, 3.5f});
    check(0, 1, {2, 4, 6}, {4, 8});
    check(1, 1, {1, 2, 3}, {1, 2});
  }
}

TEST(interp_is_the_reference_s) {
  for (const Shape& top : {Shape{2, 3, 13, 4}, Shape{2, 3, 1, 1}, Shape{2, 3, 3, 17}}) {
    compare_runs(str("interp to ", top), [&](const Run& run) {
      Blob x = random_blob({2, 3, 7, 9}, 1), y(top), dy = random_blob(top, 2), dx(x.shape());
      run.settle(x), run.settle(dy);
      run.kernels->interp(x.data(), 1, 2, y.data());
      run.kernels->interp_backward(dy.data(), 1, 2, dx.data());
      return std::vector<Blob>{y, dx};
    });
  }
}

TEST(interp_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 1, 3, 3}, {9, 9, 9, 9, 0, 4, 9, 2, 6}), y(Shape{1, 1, 3, 3}),
         dx(x.shape());
    kernels->interp(x.data(), 1, 0, y.data());
    check_values(y, {0, 2, 4, 1, 3, 5, 2, 4, 6}, kernels->name());
    kernels->interp_backward(y.data(), 1, 0, dx.data());
    check_values(dx, {0, 0, 0, 0, 2.25f, 8.25f, 0, 5.25f, 11.25f}, kernels->name());
  }
}

TEST(columns_are_the_reference_s) {
  for (const bool flat : {false, true}) {
    ConvolutionSpec spec;
    spec.bottom = flat ? Shape{6, 1, 9} : Shape{6, 1, 9, 8};
    spec.top = flat ? Shape{6, 1, 4} : Shape{6, 1, 4, 9};
    spec.kernel = {3, 2}, spec.stride = {2, 1}, spec.pad = {1, 1}, spec.dilation = {2, 1};
    int64_t places = 6;
    if (flat) {
      spec.kernel = {3}, spec.stride = {2}, spec.pad = {1}, spec.dilation = {2};
      places = 3;
    }
    const Shape columns{spec.top.count() * places};
    compare_runs("columns", [&](const Run& run) {
      Blob x = random_blob(spec.bottom, 1), y(columns), dy = random_blob(columns, 2);
      Blob dx(spec.bottom);
      run.settle(x);
      run.kernels->im2col(x.data(), spec, y.data());
      run.kernels->col2im(dy.data(), spec, dx.data());
      return std::vector<Blob>{y, dx};
    });
  }
}

TEST(columns_of_known_values) {
  ConvolutionSpec spec;
  spec.bottom = {1, 1, 3}, spec.top = {1, 1, 3};
  spec.kernel = {3}, spec.stride = {1}, spec.pad = {1}, spec.dilation = {1};
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({3}, {1, 2, 3}), y(Shape{9}), dx(Shape{3});
    kernels->im2col(x.data(), spec, y.data());
    check_values(y, {0, 1, 2, 1, 2, 3, 2, 3, 0}, kernels->name());
    kernels->col2im(y.data(), spec, dx.data());
    check_values(dx, {2, 6, 6}, kernels->name());
  }
}

}  // namespace
}  // namespace caffe::test
