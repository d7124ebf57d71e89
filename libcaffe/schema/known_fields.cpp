#include "schema/known_fields.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "schema/reflection.hpp"
#include "schema/unread_fields.hpp"

namespace caffe {

void reject_fields_but(const Message& message, const std::string& name,
                       const std::vector<std::string>& known) {
  for (const schema::Field& field : message.message_type().fields) {
    if (!schema::has(field, message)) continue;
    const schema::UnreadField* unread =
        schema::find_unread(message.message_type().name, field.name);
    if (unread != nullptr && unread->verdict == schema::Verdict::kIgnored) continue;
    if (std::find(known.begin(), known.end(), field.name) == known.end()) {
      fail(Status::kUnsupported, name, ".", field.name, " is not supported");
    }
  }
}

}  // namespace caffe
