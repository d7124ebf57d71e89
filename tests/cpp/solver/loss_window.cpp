// The mean of the last losses.
#include "solver/loss_window.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(a_window_is_the_mean_of_its_last_losses) {
  LossWindow window;
  for (const float loss : {8.0f, 1.0f, 2.0f, 4.5f}) window.add(loss, 3);
  CHECK_EQ(window.losses().size(), size_t{3});
  CHECK_EQ(window.mean(), 2.5f);
  window.clear();
  CHECK(window.empty());
}

TEST(a_window_that_is_made_smaller_forgets_the_oldest) {
  LossWindow window;
  for (const float loss : {8.0f, 1.0f, 2.0f}) window.add(loss, 3);
  window.add(4, 2);
  CHECK_EQ(window.mean(), 3.0f);
}

// Summed from the oldest on, whatever has been in it before: a resumed training has the same bits.
TEST(a_window_that_was_stored_has_the_same_mean) {
  LossWindow window, restored;
  for (const float loss : {1e9f, 0.1f, 0.2f, 0.3f}) window.add(loss, 3);
  for (const float loss : window.losses()) restored.add(loss, 3);
  CHECK_EQ(restored.mean(), window.mean());
}

}  // namespace
}  // namespace caffe
