#include "tool/xml.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "tool/utf8.hpp"

namespace caffe::tool {

namespace {

constexpr int kDeepest = 100;
constexpr std::string_view kBlanks = " \t\r\n";

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  XmlElement document() {
    if (text_.starts_with("\xFE\xFF") || text_.starts_with("\xFF\xFE"))
      wrong("this is UTF-16, expected UTF-8");
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    skip_around();
    XmlElement root = element(0);
    skip_around();
    if (at_ != text_.size()) wrong("something stands behind the last element");
    return root;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    fail(Status::kParse, file_, ":", line(), ": ", what);
  }
  int64_t line() const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
    return 1 + std::count(text_.begin(), end, '\n');
  }

  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  // Returns what stands before `word`, and goes behind it.
  std::string_view until(std::string_view word, const char* what) {
    const size_t end = text_.find(word, at_);
    if (end == std::string_view::npos) wrong(str(what, " does not end"));
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + word.size();
    return found;
  }

  // Comments and processing instructions; false when here is neither.
  bool skip_aside() {
    if (take("<!--")) {
      until("-->", "a comment");
      return true;
    }
    if (take("<?")) {
      until("?>", "a processing instruction");
      return true;
    }
    return false;
  }
  void skip_around() {
    for (;;) {
      skip_blanks();
      if (skip_aside()) continue;
      if (!take("<!DOCTYPE")) return;
      if (until(">", "a document type").find('[') != std::string_view::npos) {
        wrong("a document type with declarations is not read");
      }
    }
  }

  std::string name() {
    const size_t end = std::min(text_.find_first_of(" \t\r\n/>=<&\"'", at_), text_.size());
    if (end == at_) wrong("a name is expected");
    const std::string found(text_.substr(at_, end - at_));
    at_ = end;
    return found;
  }

  void skip_attributes() {
    for (skip_blanks(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/';
         skip_blanks()) {
      const std::string attribute = name();
      skip_blanks();
      if (!take("=")) wrong(str("attribute ", quoted(attribute), " has no value"));
      skip_blanks();
      const std::string_view quote = text_.substr(at_, 1);
      if (quote != "\"" && quote != "'")
        wrong(str("the value of attribute ", quoted(attribute), " has no quotes"));
      ++at_;
      until(quote, "an attribute");
    }
  }

  void add_reference(std::string& to) {
    const std::string name(until(";", "a reference"));
    static constexpr std::pair<const char*, char> kNamed[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [known, character] : kNamed) {
      if (name == known) {
        to.push_back(character);
        return;
      }
    }
    const bool hexadecimal = name.starts_with("#x");
    uint32_t code = 0;
    const char* begin = name.data() + (hexadecimal ? 2 : 1);
    const char* end = name.data() + name.size();
    const auto read = name.starts_with("#") && begin < end
                          ? std::from_chars(begin, end, code, hexadecimal ? 16 : 10)
                          : std::from_chars_result{name.data(), std::errc::invalid_argument};
    if (read.ec != std::errc() || read.ptr != end || !append_utf8(code, to)) {
      wrong(str("&", name, "; is unknown"));
    }
  }

  XmlElement element(int depth) {
    if (depth == kDeepest) wrong(str("more than ", kDeepest, " elements within each other"));
    XmlElement out;
    out.line = line();
    if (!take("<")) wrong("an element is expected");
    out.name = name();
    skip_attributes();
    if (take("/>")) return out;
    if (!take(">")) wrong(str("element ", quoted(out.name), " has no >"));
    for (;;) {
      const size_t end = text_.find_first_of("<&", at_);
      if (end == std::string_view::npos)
        wrong(str("element ", quoted(out.name), " of line ", out.line, " does not end"));
      out.text.append(text_.substr(at_, end - at_));
      at_ = end;
      if (take("&")) {
        add_reference(out.text);
      } else if (take("<![CDATA[")) {
        out.text.append(until("]]>", "a CDATA section"));
      } else if (take("</")) {
        const std::string closed = name();
        skip_blanks();
        if (closed != out.name || !take(">")) {
          wrong(str("expected </", out.name, ">, which line ", out.line, " begins, found </",
                    closed));
        }
        const size_t first = std::min(out.text.find_first_not_of(kBlanks), out.text.size());
        out.text = out.text.substr(first, out.text.find_last_not_of(kBlanks) + 1 - first);
        return out;
      } else if (!skip_aside()) {
        out.children.push_back(element(depth + 1));
      }
    }
  }

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const XmlElement& each) { return each.name == child_name; });
  return found == children.end() ? nullptr : &*found;
}

XmlElement parse_xml(std::string_view text, const std::string& file) {
  return Reader(text, file).document();
}

}  // namespace caffe::tool
