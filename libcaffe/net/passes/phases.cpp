#include "net/passes/phases.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "net/messages.hpp"

namespace caffe {

namespace {

bool has_stage(const NetState& state, const std::string& stage) {
  return std::find(state.stage.begin(), state.stage.end(), stage) != state.stage.end();
}

// Whether the state meets every condition of the rule; says in the log which one it does not.
bool meets(const NetState& state, const NetStateRule& rule, const std::string& layer) {
  if (rule.has_phase() && rule.phase != state.phase) {
    CAFFE_LOG(kInfo, "The NetState phase (", state.phase, ") differed from the phase (", rule.phase,
              ") specified by a rule in layer ", layer);
    return false;
  }
  if (rule.has_min_level() && state.level < rule.min_level) {
    CAFFE_LOG(kInfo, "The NetState level (", state.level, ") is below the min_level (",
              rule.min_level, ") specified by a rule in layer ", layer);
    return false;
  }
  if (rule.has_max_level() && state.level > rule.max_level) {
    CAFFE_LOG(kInfo, "The NetState level (", state.level, ") is above the max_level (",
              rule.max_level, ") specified by a rule in layer ", layer);
    return false;
  }
  for (const std::string& stage : rule.stage) {
    if (!has_stage(state, stage)) {
      CAFFE_LOG(kInfo, "The NetState did not contain stage '", stage,
                "' specified by a rule in layer ", layer);
      return false;
    }
  }
  for (const std::string& stage : rule.not_stage) {
    if (has_stage(state, stage)) {
      CAFFE_LOG(kInfo, "The NetState contained a not_stage '", stage,
                "' specified by a rule in layer ", layer);
      return false;
    }
  }
  return true;
}

bool belongs(const NetState& state, const LayerParameter& layer) {
  const auto met = [&](const NetStateRule& rule) { return meets(state, rule, layer.name); };
  if (!layer.include.empty()) return std::any_of(layer.include.begin(), layer.include.end(), met);
  return std::none_of(layer.exclude.begin(), layer.exclude.end(), met);
}

// A stage that no layer asks for has no effect; one that is nearly what a layer asks for is a slip.
void warn_of_slips(const NetParameter& param, const std::string& source) {
  std::vector<std::string> known;
  for (const LayerParameter& layer : param.layer) {
    for (const auto* rules : {&layer.include, &layer.exclude}) {
      for (const NetStateRule& rule : *rules) {
        known.insert(known.end(), rule.stage.begin(), rule.stage.end());
        known.insert(known.end(), rule.not_stage.begin(), rule.not_stage.end());
      }
    }
  }
  for (const std::string& stage : param.state->stage) {
    if (std::find(known.begin(), known.end(), stage) != known.end()) continue;
    const std::string nearest = nearest_name(stage, known);
    if (nearest.empty()) continue;
    CAFFE_LOG(kWarning, source.empty() ? "<text>" : source, ": no layer has a rule for stage ",
              caffe::quoted(stage), "; did you mean ", caffe::quoted(nearest), "?");
  }
}

}  // namespace

NetParameter filter_net(const NetParameter& param, const std::string& source) {
  warn_of_slips(param, source);
  NetParameter filtered = param;
  filtered.layer.clear();
  for (const LayerParameter& layer : param.layer) {
    if (!layer.include.empty() && !layer.exclude.empty()) {
      fail(Status::kInvalidArgument, layer_label(source, layer),
           ": has include rules and exclude rules; give one kind only");
    }
    if (belongs(*param.state, layer)) filtered.layer.push_back(layer);
  }
  return filtered;
}

}  // namespace caffe
