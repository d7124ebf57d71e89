// Values as JSON text, put together from the inside out.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace caffe::tool {

// Quoted. Bytes that are no control characters go through: names are UTF-8.
std::string json(const std::string& text);
std::string json(int64_t number);
// null for what JSON has no number for.
std::string json(double number);

// Of values that are JSON already.
std::string json_list(const std::vector<std::string>& values);
std::string json_object(std::initializer_list<std::pair<const char*, std::string>> members);

}  // namespace caffe::tool
