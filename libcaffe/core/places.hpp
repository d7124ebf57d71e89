// The places in which a value may be present at once.
#pragma once

namespace caffe {

// Where a replica lies and in which order: kHost is what users see (the blob's axes, row major);
// kHostNhwc has axis 1 innermost (N x spatial x C).
enum class Place : int { kHost = 0, kHostNhwc = 1, kDevice = 2, kDeviceNhwc = 3 };
constexpr int kPlaces = 4;

}  // namespace caffe
