// Which Python code a model may run.
#include "model/trust.hpp"

#include "schema/files.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

TEST(model_python_code_is_trusted_by_name) {
  const NetParameter net = read_net_text(
      "layer { name: 'p' type: 'Python' bottom: 'data' top: 'p' "
      "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' } }");
  ModelCard card{"card", "net", "Net", ""};
  const auto trusting = [&](const std::vector<std::string>& names) {
    card.trusted_layers = names;
    check_trusted(net, card);
  };
  trusting({"rpn.proposal_layer"});
  trusting({"other", "rpn.proposal_layer.ProposalLayer"});
  for (const char* name : {"", "rpn", "rpn.proposal", "rpn.proposal_layer.Proposal"}) {
    CHECK_FAILS(Status::kUnsupported,
                "layer \"p\" would run the Python code rpn.proposal_layer.ProposalLayer",
                trusting({name}));
  }
  check_trusted(read_net_text("layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }"), card);
}

}  // namespace
}  // namespace caffe
