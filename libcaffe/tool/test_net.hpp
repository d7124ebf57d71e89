// The net of the tools that only run one.
#pragma once

#include <memory>
#include <string>

#include "net/net.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

inline constexpr Flag kDialectFlag = {
    "dialect", Flag::kText, "", "name",
    "the fork whose meaning layers have where their text has several"};

// The net of the prototxt at `file` in phase TEST, as the flag above says.
std::unique_ptr<Net> make_test_net(const Flags& flags, const std::string& file);

}  // namespace caffe::tool
