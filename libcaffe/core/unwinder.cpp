// Makes the unwinder ready that is folded into this shared object. It sets itself up when something
// here first throws; an exception that comes in from elsewhere before (oneDNN, a module, a plugin)
// finds it not set up, and the process ends. So one is thrown when the object is loaded.

namespace {

[[maybe_unused]] const bool ready = [] {
  try {
    throw true;
  } catch (const bool thrown) {
    return thrown;
  }
}();

}  // namespace
