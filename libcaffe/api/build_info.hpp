// What this build is and what it found on this machine.
#pragma once

namespace caffe::api {

// Lines "key: value"; the text lives for ever.
const char* build_info();

}  // namespace caffe::api
