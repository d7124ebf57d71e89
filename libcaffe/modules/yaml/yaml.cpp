// The module of YAML: model/yaml_table.h on libyaml.
#include <yaml.h>

#include <cstdio>

#include "model/yaml_table.h"

namespace caffe::yaml {
namespace {

using Take = int (*)(const caffe_yaml_event* event, void* user);

enum class Next { kGoOn, kEnd, kFailed };

class Parser {
 public:
  explicit Parser(caffe_yaml_text text) : made_(yaml_parser_initialize(&parser_) != 0) {
    if (!made_) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data),
                                 text.size);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~Parser() {
    if (made_) yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  int run(Take take, void* user, caffe_yaml_error* error) {
    if (!made_) return failed(error, 0, "there is not enough memory");
    for (;;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) == 0) return failed(error);
      const Next next = handle(event, take, user, error);
      yaml_event_delete(&event);
      if (next != Next::kGoOn) return next == Next::kEnd ? 0 : 1;
    }
  }

 private:
  static int failed(caffe_yaml_error* error, size_t line, const char* text) {
    error->line = static_cast<int64_t>(line);
    std::snprintf(error->text, sizeof error->text, "%s", text);
    return 1;
  }

  // In the parser's own words.
  int failed(caffe_yaml_error* error) const {
    if (parser_.error == YAML_MEMORY_ERROR) return failed(error, 0, "there is not enough memory");
    const char* problem = parser_.problem != nullptr ? parser_.problem : "it is damaged";
    if (parser_.error == YAML_READER_ERROR) {
      std::snprintf(error->text, sizeof error->text, "no YAML: %s at byte %zu", problem,
                    parser_.problem_offset);
      error->line = static_cast<int64_t>(parser_.mark.line);
      return 1;
    }
    std::snprintf(error->text, sizeof error->text, "no YAML: %s%s%s", problem,
                  parser_.context != nullptr ? ", " : "",
                  parser_.context != nullptr ? parser_.context : "");
    error->line = static_cast<int64_t>(parser_.problem_mark.line);
    return 1;
  }

  Next handle(const yaml_event_t& event, Take take, void* user, caffe_yaml_error* error) {
    const size_t line = event.start_mark.line;
    const auto refuse = [&](const char* text) {
      failed(error, line, text);
      return Next::kFailed;
    };
    caffe_yaml_event told{CAFFE_YAML_END, 0, static_cast<int64_t>(line), {nullptr, 0}};
    const yaml_char_t *anchor = nullptr, *tag = nullptr;
    switch (event.type) {
      case YAML_STREAM_END_EVENT:
        return Next::kEnd;
      case YAML_DOCUMENT_START_EVENT:
        if (documents_++ > 0) return refuse("a second document begins; expected one");
        return Next::kGoOn;
      case YAML_ALIAS_EVENT:
        return refuse("an alias (*name) stands for a value; write the value itself");
      case YAML_SCALAR_EVENT:
        anchor = event.data.scalar.anchor;
        tag = event.data.scalar.tag;
        told.kind = CAFFE_YAML_SCALAR;
        told.quoted = event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        told.value = {reinterpret_cast<const char*>(event.data.scalar.value),
                      event.data.scalar.length};
        break;
      case YAML_SEQUENCE_START_EVENT:
        anchor = event.data.sequence_start.anchor;
        tag = event.data.sequence_start.tag;
        told.kind = CAFFE_YAML_SEQUENCE;
        break;
      case YAML_MAPPING_START_EVENT:
        anchor = event.data.mapping_start.anchor;
        tag = event.data.mapping_start.tag;
        told.kind = CAFFE_YAML_MAPPING;
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        break;
      default:
        return Next::kGoOn;
    }
    if (anchor != nullptr) return refuse("an anchor (&name) marks a value; write the value alone");
    if (tag != nullptr) return refuse("a tag (!name) gives a value a type; write the value alone");
    return take(&told, user) == 0 ? Next::kGoOn : Next::kFailed;
  }

  yaml_parser_t parser_;
  const bool made_;
  int documents_ = 0;
};

int parse(caffe_yaml_text text, Take take, void* user, caffe_yaml_error* error) {
  return Parser(text).run(take, user, error);
}

const caffe_yaml_table table = {parse};

}  // namespace
}  // namespace caffe::yaml

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_YAML_TABLE_VERSION ? &caffe::yaml::table : nullptr;
}
