// kernels/normalise_places.cpp.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {

TEST(places_are_normalised_as_by_the_reference) {
  for (const Shape& shape :
       {Shape{3, 7, 9, 11}, Shape{4, 5}, Shape{2, 33, 100}, Shape{0, 3, 2, 2}}) {
    for (const int64_t scales : {int64_t{1}, shape[1]}) {
      const ChannelView view{shape[0], shape[1], shape.count(2)};
      compare_runs(str("places of ", shape), [&](const Run& run) {
        Blob x = random_blob(shape, 1), dy = random_blob(shape, 2);
        Blob scale = random_blob({scales}, 3), dscale = random_blob({scales}, 4);
        Blob inverse(Shape{view.outer * view.inner}), y(shape), dx(shape);
        run.settle(x), run.settle(dy);
        Kernels& k = *run.kernels;
        k.normalise_places(x.data(), scale.data(), 1e-3f, view, inverse.data(), y.data());
        k.normalise_places_backward(x.data(), dy.data(), scale.data(), inverse.data(), view,
                                    dx.data());
        k.normalise_places_backward_scale(x.data(), dy.data(), inverse.data(), view, dscale.data());
        k.normalise_places(x.data(), scale.data(), 1e-3f, view, inverse.data(), x.data());
        return std::vector<Blob>{inverse, y, dx, dscale, x};
      });
    }
  }
}

TEST(places_of_known_norms) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 2, 2}, {3, 0, 4, 2}), dy = blob_of({1, 2, 2}, {1, 1, 0, 0});
    Blob scale = blob_of({2}, {10, 10}), dscale = blob_of({2}, {1, 1});
    Blob inverse(Shape{2}), y(x.shape()), dx(x.shape());
    const ChannelView view{1, 2, 2};
    kernels->normalise_places(x.data(), scale.data(), 0, view, inverse.data(), y.data());
    check_values(inverse, {0.2f, 0.5f}, kernels->name());
    check_values(y, {6, 0, 8, 10}, kernels->name());
    kernels->normalise_places_backward(x.data(), dy.data(), scale.data(), inverse.data(), view,
                                       dx.data());
    check_values(dx, {2 * (1 - 9 / 25.0f), 5, -2 * 12 / 25.0f, 0}, kernels->name());
    kernels->normalise_places_backward_scale(x.data(), dy.data(), inverse.data(), view,
                                             dscale.data());
    check_values(dscale, {1.6f, 1}, kernels->name());
  }
}

}  // namespace caffe::test
