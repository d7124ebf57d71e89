#include "core/text.hpp"

#include <sstream>

namespace caffe {

void Part::print(std::ostream& out) const {
  switch (kind_) {
    case Kind::kText:
      out << text_;
      return;
    case Kind::kLetter:
      out << letter_;
      return;
    case Kind::kSigned:
      out << signed_;
      return;
    case Kind::kUnsigned:
      out << static_cast<uint64_t>(signed_);
      return;
    case Kind::kReal:
      out << real_;
      return;
    case Kind::kOther:
      other_.print(out, other_.value);
  }
}

std::string joined_parts(const Part* parts, size_t count) {
  std::ostringstream out;
  for (size_t i = 0; i < count; ++i) parts[i].print(out);
  return out.str();
}

}  // namespace caffe
