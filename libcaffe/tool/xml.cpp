#include "tool/xml.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "tool/text_cursor.hpp"
#include "tool/utf8.hpp"

namespace caffe::tool {

namespace {

constexpr int kDeepest = 100;
constexpr std::string_view kBlanks = " \t\r\n";

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : at_(text, file) {}

  XmlElement document() {
    if (at_.rest().starts_with("\xFE\xFF") || at_.rest().starts_with("\xFF\xFE"))
      at_.wrong("this is UTF-16, expected UTF-8");
    skip_around();
    XmlElement root = element(0);
    skip_around();
    if (!at_.at_end()) at_.wrong("something stands behind the last element");
    return root;
  }

 private:
  // Comments and processing instructions; false when here is neither.
  bool skip_aside() {
    if (at_.take("<!--")) {
      at_.until("-->", "a comment");
      return true;
    }
    if (at_.take("<?")) {
      at_.until("?>", "a processing instruction");
      return true;
    }
    return false;
  }
  void skip_around() {
    for (;;) {
      at_.skip_blanks();
      if (skip_aside()) continue;
      if (!at_.take("<!DOCTYPE")) return;
      if (at_.until(">", "a document type").find('[') != std::string_view::npos) {
        at_.wrong("a document type with declarations is not read");
      }
    }
  }

  std::string name() {
    const std::string_view found = at_.until_one_of(" \t\r\n/>=<&\"'");
    if (found.empty()) at_.wrong("a name is expected");
    return std::string(found);
  }

  void skip_attributes() {
    for (at_.skip_blanks(); !at_.at_end() && at_.here() != '>' && at_.here() != '/';
         at_.skip_blanks()) {
      const std::string attribute = name();
      at_.skip_blanks();
      if (!at_.take("=")) at_.wrong(str("attribute ", quoted(attribute), " has no value"));
      at_.skip_blanks();
      const std::string_view quote = at_.skip(1);
      if (quote != "\"" && quote != "'")
        at_.wrong(str("the value of attribute ", quoted(attribute), " has no quotes"));
      at_.until(quote, "an attribute");
    }
  }

  void add_reference(std::string& to) {
    const std::string name(at_.until(";", "a reference"));
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
      at_.wrong(str("&", name, "; is unknown"));
    }
  }

  XmlElement element(int depth) {
    if (depth == kDeepest) at_.wrong(str("more than ", kDeepest, " elements within each other"));
    XmlElement out;
    out.line = at_.line();
    if (!at_.take("<")) at_.wrong("an element is expected");
    out.name = name();
    skip_attributes();
    if (at_.take("/>")) return out;
    if (!at_.take(">")) at_.wrong(str("element ", quoted(out.name), " has no >"));
    for (;;) {
      out.text.append(at_.until_one_of("<&"));
      if (at_.at_end())
        at_.wrong(str("element ", quoted(out.name), " of line ", out.line, " does not end"));
      if (at_.take("&")) {
        add_reference(out.text);
      } else if (at_.take("<![CDATA[")) {
        out.text.append(at_.until("]]>", "a CDATA section"));
      } else if (at_.take("</")) {
        const std::string closed = name();
        at_.skip_blanks();
        if (closed != out.name || !at_.take(">")) {
          at_.wrong(str("expected </", out.name, ">, which line ", out.line, " begins, found </",
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

  TextCursor at_;
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
