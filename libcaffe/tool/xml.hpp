// XML as annotation files are written in it: elements and text. What they do not use is passed over
// (attributes, comments, processing instructions) or refused (document types with declarations).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caffe::tool {

struct XmlElement {
  std::string name;
  std::string text;  // its own, in one piece, without blanks at both ends
  std::vector<XmlElement> children;
  int64_t line = 0;  // where it begins, counted from 1

  // The first child of that name; nullptr when there is none.
  const XmlElement* child(std::string_view child_name) const;
};

// The root element. Fails with kParse, "file:line: ...", on text that is not well-formed. Bytes go
// through as they are: names are UTF-8.
XmlElement parse_xml(std::string_view text, const std::string& file);

}  // namespace caffe::tool
