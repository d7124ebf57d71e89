// Parts of the library that are shared objects of their own (HDF5, ...), opened when first asked
// for, and users' plugins, opened by the same loader.
#pragma once

#include <filesystem>
#include <string>

namespace caffe {

// The folder the library (or the program that holds its code) lies in.
std::filesystem::path library_folder();

// The function table of one of the library's own modules ("hdf5"): what its
// `caffe_module_table(version)` returns. Looked for in the folders of
// $CAFFE_MODULE_PATH (separated by ":"), in caffe/ beside the library (installed), in modules/
// beside it (a build folder), and beside the library. Fails with kUnsupported when it is not
// installed, naming `package`, the system's package that is missing.
const void* module_table(const std::string& name, int version, const std::string& package);

// Whether that module is installed.
bool has_module(const std::string& name);

// Opens a plugin and calls its `caffe_plugin_init()`, which registers what it brings. A second
// time does nothing.
void load_plugin(const std::string& path);

}  // namespace caffe
