#include "core/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/error.hpp"

namespace caffe {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

[[noreturn]] void fail_reading(const std::string& path) {
  fail(Status::kIo, "cannot read ", quoted(path), ": ", std::strerror(errno));
}

int open_to_read(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail_reading(path);
  return file;
}

std::string read_all(int file, const std::string& path) {
  std::string out;
  struct stat info;
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
    out.reserve(static_cast<size_t>(info.st_size));
  }
  char piece[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_reading(path);
    if (n == 0) return out;
    out.append(piece, static_cast<size_t>(n));
  }
}

// The file a path leads to, so that a symbolic link is kept and its file replaced.
std::string resolved(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (!real) return path;
  std::string out = real;
  ::free(real);
  return out;
}

}  // namespace

std::string read_file(const std::string& path) {
  const Descriptor file(open_to_read(path));
  return read_all(file.get(), path);
}

namespace {

struct Unmap {
  size_t size;
  void operator()(const void* place) const { ::munmap(const_cast<void*>(place), size); }
};

}  // namespace

MappedFile map_file(const std::string& path, Mapping mapping) {
  const Descriptor file(open_to_read(path));
  struct stat info;
  if (::fstat(file.get(), &info) != 0) fail_reading(path);
  const auto size = static_cast<size_t>(info.st_size);
  if (S_ISREG(info.st_mode) && size > 0) {
    const int access = mapping == Mapping::kPrivate ? PROT_READ | PROT_WRITE : PROT_READ;
    // Most pages will never be written to, so no memory is set aside for that.
    void* place = ::mmap(nullptr, size, access, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
    if (place != MAP_FAILED) {
      std::shared_ptr<const void> owner(place, Unmap{size});
      return {{static_cast<const char*>(place), size}, std::move(owner)};
    }
  }
  auto text = std::make_shared<std::string>(read_all(file.get(), path));
  return {*text, text};
}

void release_mapped(const std::shared_ptr<const void>& owner, const void* bytes, size_t size) {
  if (std::get_deleter<Unmap>(owner) == nullptr) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(bytes) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(bytes) + size) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

AtomicFile::AtomicFile(std::string target) : target_(resolved(target)) {
  struct stat info;
  const bool exists = ::stat(target_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    fail(Status::kIo, "cannot write ", quoted(target_), ": it is a directory");
  }
  in_place_ = exists && !S_ISREG(info.st_mode);
  static std::atomic<int> counter = 0;
  path_ = in_place_ ? target_ : str(target_, ".", ::getpid(), ".", ++counter, ".tmp");
  file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | (in_place_ ? 0 : O_CREAT | O_TRUNC), 0666);
  if (file_ < 0) fail_with_errno();
  // The file that takes the target's place keeps its permissions. Where that is not allowed the
  // new file has the usual ones.
  if (exists && !in_place_ && ::fchmod(file_, info.st_mode & 07777) != 0) errno = 0;
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::close(file_);
  if (!in_place_ && process_ == fork_generation()) ::unlink(path_.c_str());
}

void AtomicFile::fail_with_errno() const {
  fail(Status::kIo, "cannot write ", quoted(target_), ": ", std::strerror(errno));
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_with_errno();
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void AtomicFile::commit() {
  if (process_ != fork_generation()) {
    fail(Status::kState, "cannot write ", quoted(target_), ": it is written by the process that ",
         "this one was forked from");
  }
  if (in_place_) {
    const int file = std::exchange(file_, -1);
    if (::close(file) != 0) fail_with_errno();
    return;
  }
  if (::fsync(file_) != 0) fail_with_errno();
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail_with_errno();
  ::close(std::exchange(file_, -1));
  // The rename itself reaches the disk with the folder; not every file system can do this.
  const size_t slash = target_.rfind('/');
  const std::string folder = slash == target_.npos ? "." : target_.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

}  // namespace caffe
