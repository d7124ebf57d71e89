// The library's precompiled header, for the tests that see its inside.
#include "pch/caffe_pch.hpp"
