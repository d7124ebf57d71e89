// What a file is, told from its bytes: for messages about a file of another kind than the wanted
// one.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace caffe {

enum class FileKind {
  kUnknown,
  kEmpty,
  kText,
  kUtf16,
  kHtml,
  kGitLfs,
  kCaffemodel,
  kSolverState,
  kBlob,
  kDatum,
  kOnnx,
  kHdf5,
  kNumpy,
  kMatlab,
  kLmdb,
  kLevelDb,
  kImage,
  kZip,
  kGzip,
  kProgram,
  kFolder
};

// Of bytes; messages of protobuf are told by their outermost fields.
FileKind kind_of(std::string_view bytes);
// Of what lies at `path`, which may be a folder; kUnknown when nothing does or it cannot be read.
FileKind kind_of_file(const std::string& path);

// "a solver state", for a sentence; "" for kUnknown.
const char* kind_name(FileKind kind);

// Fails with `path: this is a solver state, not weights` unless the kind is unknown or one of
// `fine`. `wanted` is the last word.
void reject_other_kinds(const std::string& path, FileKind kind,
                        std::initializer_list<FileKind> fine, std::string_view wanted);

// The same of a folder, which may hold a database; does nothing when `path` is none.
void reject_folder(const std::string& path, std::string_view wanted);

// Whether the file at `path` is HDF5, whatever its name says.
bool is_hdf5_file(const std::string& path);

// The whole of a text file; fails, saying what it is, when it is of another kind, and when it
// cannot be read. A mark of UTF-8 at its beginning is left out.
std::string read_text_only(const std::string& path, std::string_view wanted);

}  // namespace caffe
