#include "tool/net_flags.hpp"

#include "core/error.hpp"
#include "schema/files.hpp"
#include "schema/reflection.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kNetFlags[] = {
    {"weights", Flag::kText, "", "files", "weights to start from, separated by commas"},
    {"level", Flag::kNumber, "0", "number", "the net state's level"},
    {"stage", Flag::kText, "", "stages", "the net state's stages, separated by commas"},
    {"device", Flag::kText, "", "device", "cpu: run there whatever solver_mode says"},
    {"backend", Flag::kText, "cpu", "name", "cpu, or reference: the plain kernels"},
    {"threads", Flag::kNumber, "0", "number", "threads to compute with; 0: as many as cores"},
    {"seed", Flag::kText, "", "number", "of the net's random numbers; another one each time"},
    {"dialect", Flag::kText, "", "name",
     "the fork whose meaning layers have where their text has several"},
    {"convolution", Flag::kText, "measured", "method",
     "measured: what is fastest; direct: never by transforms; winograd: by them where possible"},
    {"optimize", Flag::kSwitch, "false", "", "fuse layers and plan their memory, to run forward"},
    {"keep", Flag::kText, "", "blobs", "with -optimize: blobs that can be looked at all the same"},
    {"bf16_weights", Flag::kSwitch, "false", "", "keep inner products' weights in half the bytes"},
    {"force_backward", Flag::kSwitch, "false", "", "gradients for inputs and frozen weights, too"},
    {"lenient", Flag::kSwitch, "false", "", "unknown fields of prototxts are warnings"},
};

template <class T>
T value_of(const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else {
    if (const std::optional<T> number = parsed_number<T>(text)) return *number;
    fail(Status::kInvalidArgument, "expected a ", std::is_integral_v<T> ? "whole number" : "number",
         std::is_unsigned_v<T> ? " that is not negative" : "", ", found ", quoted(text));
  }
}

void set_field(const schema::Field& field, const Flags& flags, NetOptions& options) {
  if (field.kind == schema::Kind::kBool) {
    return schema::set(field, options, flags.on(field.name));
  }
  schema::with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, bool>) {
      if (!field.repeated()) {
        return schema::set(field, options, value_of<T>(flags.text(field.name)));
      }
      for (const std::string& each : flags.list(field.name)) {
        schema::list<T>(field, options).push_back(value_of<T>(each));
      }
    }
  });
}

}  // namespace

std::span<const Flag> net_flags() {
  return kNetFlags;
}

NetOptions net_options(const Flags& flags) {
  NetOptions options;
  for (const schema::Field& field : options.message_type().fields) {
    if (!flags.given(field.name)) continue;
    with_context([&] { return str("-", field.name); }, [&] { set_field(field, flags, options); });
  }
  return options;
}

std::unique_ptr<Net> make_net(const Flags& flags, Phase phase, const std::string& model) {
  const NetOptions options = net_options(flags);
  return caffe::make_net(read_net(model, options.lenient), phase, options, model);
}

}  // namespace caffe::tool
