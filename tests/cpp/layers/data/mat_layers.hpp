// MatWrite and MatRead layers on files `p_...` of a folder.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"
#include "data/mat_file.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/folder.hpp"

namespace caffe::test {

inline std::string mat_write(const Folder& folder, const std::string& fields = "") {
  return str("type: 'MatWrite' mat_write_param { prefix: '", folder.path.string(), "/p_' ", fields,
             " }");
}

inline DataLayer mat_read(const Folder& folder, const std::string& fields = "", int tops = 1) {
  std::string text = str("type: 'MatRead' mat_read_param { prefix: '", folder.path.string(),
                         "/p_' ", fields, " }");
  for (int i = 0; i < tops; ++i) text += str(" top: 't", i, "'");
  return DataLayer(text);
}

inline std::string name_list(const Folder& folder, const std::string& text) {
  return str("source: '", folder.file("names.txt", text), "' ");
}

}  // namespace caffe::test
