#include "modules/leveldb/read_only_folder.hpp"

#include <algorithm>
#include <utility>

namespace caffe::leveldb_module {

using leveldb::Slice;
using leveldb::Status;

namespace {

class MemoryReader final : public leveldb::RandomAccessFile {
 public:
  explicit MemoryReader(std::shared_ptr<const std::string> contents)
      : contents_(std::move(contents)) {}

  Status Read(uint64_t offset, size_t size, Slice* result, char*) const override {
    const uint64_t from = std::min<uint64_t>(offset, contents_->size());
    *result = Slice(contents_->data() + from, std::min<uint64_t>(size, contents_->size() - from));
    return Status::OK();
  }

 private:
  const std::shared_ptr<const std::string> contents_;
};

class MemoryWriter final : public leveldb::WritableFile {
 public:
  explicit MemoryWriter(std::shared_ptr<std::string> contents) : contents_(std::move(contents)) {}

  Status Append(const Slice& data) override {
    contents_->append(data.data(), data.size());
    return Status::OK();
  }
  Status Close() override { return Status::OK(); }
  Status Flush() override { return Status::OK(); }
  Status Sync() override { return Status::OK(); }

 private:
  const std::shared_ptr<std::string> contents_;
};

// LevelDB takes a log that ends within a record for one whose writer died, and forgets the record:
// the end of a database that was cut would be missing without a word. A log is blocks of 32 KB with
// records of a checksum, a length and a kind in seven bytes, and the data.
Status check_end(leveldb::Env* env, const std::string& path) {
  constexpr uint64_t kBlock = 32768, kHeader = 7;
  enum Kind { kFirst = 2, kMiddle = 3 };  // of the parts of a record that has several
  uint64_t size = 0;
  leveldb::SequentialFile* opened = nullptr;
  Status status = env->GetFileSize(path, &size);
  if (status.ok()) status = env->NewSequentialFile(path, &opened);
  const std::unique_ptr<leveldb::SequentialFile> file(opened);
  bool whole = true;
  for (uint64_t at = 0; status.ok() && at < size;) {
    const uint64_t rest = kBlock - at % kBlock;
    uint64_t step = rest;  // too short for a header: padding
    if (rest >= kHeader) {
      char scratch[kHeader];
      Slice header;
      status = file->Read(kHeader, &header, scratch);
      if (!status.ok()) break;
      if (header.size() < kHeader) {
        whole = false;
        break;
      }
      const auto byte = [&](size_t i) { return static_cast<unsigned char>(header[i]); };
      const uint64_t length = byte(4) | uint64_t{byte(5)} << 8;
      const int kind = byte(6);
      if (kHeader + length > rest) return Status::OK();  // damaged, and LevelDB will say so
      if (kHeader + length > size - at) {
        whole = false;
        break;
      }
      if (kind != 0 || length != 0) {  // else the rest of the block was made ready and never used
        step = kHeader + length;
        whole = kind != kFirst && kind != kMiddle;
      }
      status = file->Skip(step - kHeader);
    } else {
      status = file->Skip(step);
    }
    at += step;
  }
  if (!status.ok() || whole) return status;
  return Status::Corruption(path, "the file ends within a record; was it cut short?");
}

bool is_log(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".log") || name.starts_with("MANIFEST-");
}

Status only_read(const std::string& path) {
  return Status::IOError(path, "the folder is only read");
}

}  // namespace

ReadOnlyFolder::Contents ReadOnlyFolder::in_memory(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

Status ReadOnlyFolder::NewSequentialFile(const std::string& path, leveldb::SequentialFile** out) {
  *out = nullptr;
  const Status status = is_log(path) ? check_end(target(), path) : Status::OK();
  return status.ok() ? target()->NewSequentialFile(path, out) : status;
}

Status ReadOnlyFolder::NewRandomAccessFile(const std::string& path,
                                           leveldb::RandomAccessFile** out) {
  const Contents contents = in_memory(path);
  if (contents == nullptr) return target()->NewRandomAccessFile(path, out);
  *out = new MemoryReader(contents);
  return Status::OK();
}

Status ReadOnlyFolder::NewWritableFile(const std::string& path, leveldb::WritableFile** out) {
  *out = nullptr;
  if (sealed_) return only_read(path);
  const auto contents = std::make_shared<std::string>();
  const std::lock_guard<std::mutex> lock(mutex_);
  files_[path] = contents;
  *out = new MemoryWriter(contents);
  return Status::OK();
}

Status ReadOnlyFolder::NewAppendableFile(const std::string& path, leveldb::WritableFile** out) {
  *out = nullptr;
  return only_read(path);
}

Status ReadOnlyFolder::NewLogger(const std::string& path, leveldb::Logger** out) {
  *out = nullptr;
  return only_read(path);
}

bool ReadOnlyFolder::FileExists(const std::string& path) {
  return in_memory(path) != nullptr || target()->FileExists(path);
}

Status ReadOnlyFolder::GetChildren(const std::string& folder, std::vector<std::string>* out) {
  const Status status = target()->GetChildren(folder, out);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& entry : files_) {
    const std::string name = entry.first.substr(entry.first.rfind('/') + 1);
    if (std::find(out->begin(), out->end(), name) == out->end()) out->push_back(name);
  }
  return status;
}

Status ReadOnlyFolder::GetFileSize(const std::string& path, uint64_t* out) {
  const Contents contents = in_memory(path);
  if (contents == nullptr) return target()->GetFileSize(path, out);
  *out = contents->size();
  return Status::OK();
}

Status ReadOnlyFolder::RenameFile(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = files_.find(from);
  if (found == files_.end()) return only_read(from);
  files_[to] = found->second;
  files_.erase(from);
  return Status::OK();
}

Status ReadOnlyFolder::RemoveFile(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  files_.erase(path);
  return Status::OK();
}

Status ReadOnlyFolder::LockFile(const std::string&, leveldb::FileLock** out) {
  *out = new leveldb::FileLock;
  return Status::OK();
}

Status ReadOnlyFolder::UnlockFile(leveldb::FileLock* lock) {
  delete lock;
  return Status::OK();
}

void ReadOnlyFolder::Schedule(void (*work)(void*), void* argument) {
  sealed_ = true;
  const std::lock_guard<std::mutex> lock(mutex_);
  work_.emplace_back(work, argument);
}

void ReadOnlyFolder::finish() {
  for (;;) {
    std::pair<void (*)(void*), void*> next;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (work_.empty()) return;
      next = work_.front();
      work_.pop_front();
    }
    next.first(next.second);  // may ask for more
  }
}

}  // namespace caffe::leveldb_module
