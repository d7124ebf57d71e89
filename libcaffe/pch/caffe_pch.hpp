// Compiled once and loaded by every file of the library: what nearly all of them include, above all
// the generated messages. Files include what they use all the same, and build without this.
// None of our headers with macros is among them: ccache, which has to be told to overlook the
// defines of precompiled headers, would take yesterday's.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "schema/messages.hpp"
