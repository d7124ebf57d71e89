// Files of older versions of Caffe, written anew as this one has them.
#include "schema/upgrade.hpp"

#include "core/error.hpp"
#include "core/file_kind.hpp"
#include "core/log.hpp"
#include "schema/files.hpp"
#include "tool/data_tools.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kFlags[] = {
    {"lenient", Flag::kSwitch, "false", "", "unknown fields are warnings, and left out"},
};

void tell(const Upgrade& upgrade, const char* file, const std::string& path) {
  for (const std::string& warning : upgrade.warnings) {
    DATA_TOOL_LOG(kWarning, file, path, ": ", warning);
  }
  if (!upgrade.changed) {
    DATA_TOOL_LOG(kError, file, "File already in latest proto format: ", path);
  }
}

template <class Parameter>
int upgrade_text(const Flags& flags, Upgrade (*upgrade)(Parameter&), const char* file,
                 const char* what) {
  const std::string& from = flags.words()[0];
  const std::string& to = flags.words()[1];
  Parameter param;
  read_text_file(from, param, flags.on("lenient"));
  tell(with_context([&] { return from; }, [&] { return upgrade(param); }), file, from);
  check_interrupted();
  write_text_file(to, param);
  DATA_TOOL_LOG(kInfo, file, "Wrote upgraded ", what, " text proto to ", to);
  return 0;
}

int run_net_text(const Flags& flags) {
  return upgrade_text(flags, upgrade_net, "upgrade_net_proto_text.cpp", "NetParameter");
}

int run_solver_text(const Flags& flags) {
  return upgrade_text(flags, upgrade_solver, "upgrade_solver_proto_text.cpp", "SolverParameter");
}

int run_net_binary(const Flags& flags) {
  constexpr const char* kFile = "upgrade_net_proto_binary.cpp";
  const std::string& from = flags.words()[0];
  const std::string& to = flags.words()[1];
  NetParameter net;
  try {
    read_binary_file(from, net);
  } catch (const Error&) {
    reject_other_kinds(from, kind_of_file(from), {FileKind::kCaffemodel}, "a caffemodel");
    throw;
  }
  tell(with_context([&] { return from; }, [&] { return upgrade_net(net); }), kFile, from);
  check_interrupted();
  write_binary_file(to, net);
  DATA_TOOL_LOG(kInfo, kFile, "Wrote upgraded NetParameter binary proto to ", to);
  return 0;
}

}  // namespace

const DataTool upgrade_net_proto_text = {"upgrade_net_proto_text",
                                         "Write a net's prototxt anew, in today's form.",
                                         "NET_PROTO_IN NET_PROTO_OUT",
                                         kFlags,
                                         2,
                                         2,
                                         run_net_text};

const DataTool upgrade_net_proto_binary = {"upgrade_net_proto_binary",
                                           "Write a caffemodel anew, in today's form.",
                                           "NET_PROTO_IN NET_PROTO_OUT",
                                           {},
                                           2,
                                           2,
                                           run_net_binary};

const DataTool upgrade_solver_proto_text = {"upgrade_solver_proto_text",
                                            "Write a solver's prototxt anew, in today's form.",
                                            "SOLVER_PROTO_IN SOLVER_PROTO_OUT",
                                            kFlags,
                                            2,
                                            2,
                                            run_solver_text};

}  // namespace caffe::tool
