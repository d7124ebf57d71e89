// Compiled once and loaded by every file of the library: the standard's headers that nearly all of
// them include, and the generated messages. Files include what they use all the same, and build
// without this. No other header of ours is here, so that a file that lacks one does not compile.
// None with macros may be: ccache, which has to be told to overlook the defines of precompiled
// headers, would take yesterday's.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "schema/messages.hpp"
