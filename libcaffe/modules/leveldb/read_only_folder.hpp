// The files of a database as LevelDB sees them, on top of a folder that stays as it is.
//
// LevelDB has no way of opening a database for reading only: it takes a lock that keeps other
// processes out, replays the log into tables, begins new files and removes the old ones. Here all
// that happens in memory, so that any number of readers in any number of processes share a folder,
// which may lie on a read-only disk.
#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace caffe::leveldb_module {

class ReadOnlyFolder final : public leveldb::EnvWrapper {
 public:
  ReadOnlyFolder() : EnvWrapper(leveldb::Env::Default()) {}

  // Of logs, which LevelDB reads from their beginning while it opens a database and before it has
  // written any file itself.
  leveldb::Status NewSequentialFile(const std::string& path,
                                    leveldb::SequentialFile** out) override;
  leveldb::Status NewRandomAccessFile(const std::string& path,
                                      leveldb::RandomAccessFile** out) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** out) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** out) override;
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** out) override;
  bool FileExists(const std::string& path) override;
  leveldb::Status GetChildren(const std::string& folder, std::vector<std::string>* out) override;
  leveldb::Status GetFileSize(const std::string& path, uint64_t* out) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  // What is removed from the disk stays there; nobody looks for it again.
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string&) override { return leveldb::Status::OK(); }
  leveldb::Status RemoveDir(const std::string&) override { return leveldb::Status::OK(); }
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** out) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
  // Work in the background is compaction, which would copy the database into memory: from the first
  // of it on there are no new files, which ends it. It waits for finish(), since a thread for it
  // would not be in a child made by fork(), and nobody who reads waits for it.
  void Schedule(void (*work)(void*), void* argument) override;
  // Does the work that waits: the database cannot be destroyed before.
  void finish();

 private:
  using Contents = std::shared_ptr<std::string>;

  Contents in_memory(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, Contents> files_;
  std::deque<std::pair<void (*)(void*), void*>> work_;
  std::atomic<bool> sealed_ = false;
};

}  // namespace caffe::leveldb_module
