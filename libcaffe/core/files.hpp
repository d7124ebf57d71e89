// Files read whole, and files written so that nobody ever sees half of one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/fork.hpp"

namespace caffe {

// The bytes of a file; fails with kIo, naming the path and the reason.
std::string read_file(const std::string& path);

// A file's bytes, mapped where the file allows it, else read. Whoever holds `owner` keeps them.
// kPrivate: they may be written to, which changes the process's own copy of a page, not the file.
struct MappedFile {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};
enum class Mapping { kReadOnly, kPrivate };
MappedFile map_file(const std::string& path, Mapping mapping = Mapping::kReadOnly);

// These bytes of a mapped file are in nobody's use and were never written to: takes no memory for
// them until they are read again. Does nothing to what is not mapped.
void release_mapped(const std::shared_ptr<const void>& owner, const void* bytes, size_t size);

// A file written beside its target and renamed over it by commit(). Until then the target is as it
// was, also when the process dies or the disk is full; without commit() nothing is left.
// A target that is no regular file (a pipe, /dev/stdout) is written directly.
class AtomicFile {
 public:
  explicit AtomicFile(std::string target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Where to write; for writers that want a path instead of write().
  const std::string& path() const { return path_; }
  void write(std::string_view bytes);
  // Makes sure that the bytes are on the disk, then puts the file in the target's place.
  void commit();

 private:
  [[noreturn]] void fail_with_errno() const;

  const uint64_t process_ = fork_generation();  // a child has no business with the parent's file
  std::string target_, path_;
  int file_ = -1;
  bool in_place_ = false;
};

}  // namespace caffe
