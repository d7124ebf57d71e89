#include "data/path_list.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "core/error.hpp"
#include "core/file_kind.hpp"

namespace caffe {

namespace {

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

}  // namespace

std::vector<std::string> read_path_list(const std::string& source, const std::string& wanted) {
  std::istringstream file(
      with_context([&] { return wanted; }, [&] { return read_text_only(source, wanted); }));
  constexpr const char* kBlanks = " \t\r\v\f";
  std::vector<std::string> paths;
  for (std::string line; std::getline(file, line);) {
    line.erase(line.find_last_not_of(kBlanks) + 1);
    line.erase(0, line.find_first_not_of(kBlanks));
    if (line.empty()) continue;
    const std::vector<std::string> words = words_of(line);
    if (!is_there(line) && std::all_of(words.begin(), words.end(), is_there)) {
      paths.insert(paths.end(), words.begin(), words.end());
    } else {
      paths.push_back(line);
    }
  }
  return paths;
}

}  // namespace caffe
