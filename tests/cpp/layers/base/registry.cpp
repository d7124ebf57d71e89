// layers/base/registry.cpp: one name, several meanings.
#include "layers/base/registry.hpp"

#include <algorithm>

#include "schema/fork_types.hpp"
#include "schema/upgrade.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

LayerFactory nothing() {
  return [](const LayerParameter&, const LayerContext&) { return std::unique_ptr<Layer>(); };
}

// A factory that can be told from others: its error names it.
LayerFactory named(const std::string& name) {
  return [name](const LayerParameter&, const LayerContext&) -> std::unique_ptr<Layer> {
    fail(Status::kState, "made ", name);
  };
}

std::string made(const LayerRegistry& registry, const std::string& dialect = "",
                 const std::string& type = "BN", bool has_top = false) {
  LayerParameter param;
  param.type = type;
  if (has_top) param.top.push_back("top");
  try {
    registry.find(param, dialect)(param, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool has_top(const LayerParameter& param) {
  return !param.top.empty();
}

TEST(registry_chooses_by_fields_then_dialect_then_the_plain_meaning) {
  LayerRegistry registry;
  registry.add("BN", {"segnet"}, named("segnet"));
  registry.add("BN", {"pspnet", has_top}, named("pspnet"));
  CHECK_EQ(made(registry, "segnet"), "made segnet");
  CHECK_EQ(made(registry, "pspnet"), "made pspnet");
  CHECK_EQ(made(registry, "segnet", "BN", true), "made pspnet");
  registry.add("BN", named("plain"));
  CHECK_EQ(made(registry), "made plain");
  CHECK_EQ(made(registry, "fcn"), "made plain");
}

TEST(registry_asks_for_a_dialect_when_nothing_tells) {
  LayerRegistry registry;
  registry.add("BN", {"segnet"}, nothing());
  CHECK_EQ(made(registry, "fcn"), "");
  registry.add("BN", {"pspnet"}, nothing());
  CHECK(made(registry).find("dialect (pspnet, segnet)") != std::string::npos);
}

TEST(registry_refuses_a_meaning_twice_and_an_unknown_type) {
  LayerRegistry registry;
  registry.add("BN", {"segnet"}, nothing());
  CHECK_FAILS(Status::kInvalidArgument, "already registered",
              registry.add("BN", {"segnet"}, nothing()));
  CHECK(made(registry, "", "BNN").find("did you mean \"BN\"") != std::string::npos);
}

TEST(dialects_are_known_by_name) {
  check_dialect("");
  for (const std::string& each : dialects()) check_dialect(each);
  CHECK_FAILS(Status::kNotFound, "did you mean \"segnet\"", check_dialect("segnot"));
}

// Whatever a V1 net may say: a layer of ours, or one whose fork an error names.
TEST(types_of_v1_nets_are_layers_or_known_as_a_forks) {
  const std::vector<std::string> names = layer_registry().names();
  const schema::Field& type = *V1LayerParameter::descriptor().find("type");
  for (const schema::EnumValue& value : type.enum_type->values) {
    NetParameter net;
    net.layers.emplace_back().set_type(static_cast<V1LayerParameter::LayerType>(value.number));
    upgrade_net(net);
    const std::string& current = net.layer[0].type;
    const bool ours = std::ranges::find(names, current) != names.end();
    if (!ours && current != "") CHECK(!schema::fork_of_type(current).empty());
  }
}

TEST(a_type_of_a_fork_is_refused_with_its_name) {
  LayerParameter param;
  param.type = "GainChannel";
  CHECK_FAILS(Status::kUnsupported, "\"GainChannel\" is one of the fork DeepLab",
              layer_registry().find(param, ""));
}

}  // namespace
}  // namespace caffe::test
