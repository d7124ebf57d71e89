// Fields of the schema that no code of the library reads: what becomes of a file that gives one.
// Fields of records and label maps are here only for the sake of completeness. A test walks
// proto/caffe.proto and fails on a field that is neither read nor listed here.
#pragma once

#include <map>
#include <span>
#include <string>

#include "schema/message.hpp"

namespace caffe {

namespace schema {

enum class Verdict {
  kOfItsLayer,   // the parameters of a layer type that is not here: the type is what is refused
  kIgnored,      // it decides nothing here: one warning for all of a net
  kRefused,      // an error; the option lenient takes it out, with a warning
  kNeverDropped  // an error under lenient, too: without it the net is another one
};

struct UnreadField {
  const char* message;
  const char* field;
  Verdict verdict;
  // kOfItsLayer: whose type it is. kIgnored: why. kRefused: what is the case without it.
  // kNeverDropped: what it asks for.
  const char* reason;
  // Refused even where the value is the default: the fork's default is another one than ours.
  bool any_value = false;
};

std::span<const UnreadField> unread_fields();

// The entry of that field, or null.
const UnreadField* find_unread(const char* message, const char* field);

}  // namespace schema

// The fields that a definition gives in vain, and how often.
using IgnoredFields = std::map<std::string, int>;

// Looks through `message` and what it holds, but for nets and layers, which are looked through on
// their own. Fails on a field that is refused, unless `lenient` takes it out: then the log has a
// warning. Adds those that are ignored to `ignored`.
void settle_unread_fields(Message& message, bool lenient, IgnoredFields& ignored);

// Warns of all of them in one line; `source` names the definition.
void warn_of_ignored(const IgnoredFields& ignored, const std::string& source);

}  // namespace caffe
