// LMDB databases, read straight from their pages.
//
// liblmdb trusts the file: a damaged or cut one ends the process, opening one twice in a process
// corrupts its locks, and it writes a lock file beside data that may lie on a read-only disk. Data
// sets are written once and then only read, so a bounded walk over the B+ tree is all we need.
//
// The file is an array of pages. Pages 0 and 1 are meta pages, of which the one with the higher
// transaction number counts; it names the root. Pages have a header, then an array of offsets of
// nodes in the order of their keys. A branch's node leads to a page; a leaf's holds key and value,
// or the number of the overflow pages that hold a value too big for a leaf. Numbers are those of a
// 64-bit little-endian machine.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/error.hpp"
#include "core/file_kind.hpp"
#include "core/files.hpp"
#include "data/database.hpp"
#include "data/lmdb_writer.hpp"

namespace caffe {
namespace {

constexpr uint64_t kHeaderSize = 16, kNodeHeaderSize = 8;
constexpr uint32_t kMagic = 0xBEEFC0DE, kVersion = 1;
constexpr uint16_t kBranch = 0x01, kLeaf = 0x02, kOverflow = 0x04, kMeta = 0x08;  // of pages
constexpr uint16_t kBig = 0x01, kSubDatabase = 0x02, kDuplicates = 0x04;          // of nodes
constexpr uint64_t kNoPage = ~uint64_t{0};
constexpr size_t kMaxDepth = 32;

// The B+ tree of a meta page.
struct Tree {
  uint32_t pad;
  uint16_t flags, depth;
  uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct Meta {
  uint32_t magic, version;
  uint64_t address, map_size;
  Tree free, main;  // free.pad is the size of a page
  uint64_t last_page, transaction;
};
static_assert(sizeof(Tree) == 48 && sizeof(Meta) == 136);

class LmdbFile {
 public:
  explicit LmdbFile(const std::string& path) : path_(path), file_(map_file(path)) {
    const Meta first = read_meta(0);
    page_size_ = first.free.pad;
    if (page_size_ < 256 || page_size_ > 65536) damaged("its pages have ", page_size_, " bytes");
    const Meta second = read_meta(page_size_);
    meta_ = second.transaction > first.transaction ? second : first;
  }

  const Tree& tree() const { return meta_.main; }

  // Whether the file is shorter than its meta page says. Pages that were freed as soon as they
  // were made may be missing at the end of a sound file.
  bool short_of_pages() const { return file_.bytes.size() / page_size_ <= meta_.last_page; }

  // A record takes a node and its offset, so there are not more than this.
  uint64_t most_records() const { return file_.bytes.size() / (kNodeHeaderSize + 2); }

  template <class T>
  T read(uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, bytes(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view bytes(uint64_t offset, uint64_t size) const {
    if (offset > file_.bytes.size() || size > file_.bytes.size() - offset) {
      damaged("it has ", file_.bytes.size(), " bytes, expected at least ", offset + size,
              "; was it cut short?");
    }
    return file_.bytes.substr(offset, size);
  }

  // Where a page begins; it must be of this kind.
  uint64_t page(uint64_t number, uint16_t kind) const {
    const uint64_t offset = number * page_size_;
    if (number > std::numeric_limits<uint64_t>::max() / page_size_) {
      damaged("it points to page ", number);
    }
    bytes(offset, page_size_);
    if (read<uint64_t>(offset) != number || (flags(offset) & kind) == 0) {
      damaged("page ", number, " is not what it should be");
    }
    return offset;
  }

  uint16_t flags(uint64_t page) const { return read<uint16_t>(page + 10); }

  int nodes(uint64_t page) const {
    const uint64_t end = read<uint16_t>(page + 12);
    // Without a node, leaves would be looked at for ever.
    if (end < kHeaderSize + 2 || end > page_size_) damaged("a page has no nodes");
    return static_cast<int>((end - kHeaderSize) / 2);
  }

  // Where node `index` of a page begins.
  uint64_t node(uint64_t page, int index) const {
    const uint64_t place = read<uint16_t>(page + kHeaderSize + static_cast<uint64_t>(index) * 2);
    if (place < kHeaderSize || place + kNodeHeaderSize > page_size_) {
      damaged("a node lies outside of its page");
    }
    return page + place;
  }

  // The page that a branch's node leads to.
  uint64_t child(uint64_t node) const {
    return read<uint16_t>(node) | uint64_t{read<uint16_t>(node + 2)} << 16 |
           uint64_t{read<uint16_t>(node + 4)} << 32;
  }

  Record record(uint64_t node) const {
    const uint64_t size = read<uint16_t>(node) | uint64_t{read<uint16_t>(node + 2)} << 16;
    const uint16_t node_flags = read<uint16_t>(node + 4);
    const uint64_t key_size = read<uint16_t>(node + 6), data = node + kNodeHeaderSize + key_size;
    if ((node_flags & (kSubDatabase | kDuplicates)) != 0) {
      fail(Status::kUnsupported, path_, ": holds named databases or several values for a key, ",
           "expected records");
    }
    const std::string_view key = bytes(node + kNodeHeaderSize, key_size);
    if ((node_flags & kBig) == 0) return {key, bytes(data, size)};
    const uint64_t overflow = page(read<uint64_t>(data), kOverflow);
    if (size > read<uint32_t>(overflow + 12) * page_size_ - kHeaderSize) {
      damaged("a value of ", size, " bytes does not fit its pages");
    }
    return {key, bytes(overflow + kHeaderSize, size)};
  }

  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(Status::kParse, path_, ": damaged LMDB file: ", parts...);
  }

 private:
  Meta read_meta(uint64_t offset) const {
    const std::string_view header = bytes(offset, kHeaderSize + sizeof(Meta));
    const Meta meta = read<Meta>(offset + kHeaderSize);
    if (meta.magic != kMagic || (flags(offset) & kMeta) == 0) {
      uint32_t elsewhere;  // headers of pages are shorter on 32-bit machines
      std::memcpy(&elsewhere, header.data() + 12, sizeof elsewhere);
      fail(Status::kParse, path_, ": not an LMDB file",
           elsewhere == kMagic ? " of a 64-bit machine" : "");
    }
    if (meta.version != kVersion) {
      fail(Status::kUnsupported, path_, ": LMDB format ", meta.version, ", expected ", kVersion);
    }
    return meta;
  }

  const std::string path_;
  const MappedFile file_;
  uint64_t page_size_ = 0;
  Meta meta_;
};

class LmdbCursor : public DatabaseCursor {
 public:
  explicit LmdbCursor(const std::string& path) : file_(path) {
    const Tree& tree = file_.tree();
    if (tree.entries == 0 || tree.root == kNoPage) {
      fail(Status::kInvalidArgument, path, ": the database is empty");
    }
    if (tree.depth == 0 || tree.depth > kMaxDepth || tree.entries > file_.most_records()) {
      file_.damaged("its tree has ", tree.depth, " levels and ", tree.entries, " records");
    }
    first();
    if (file_.short_of_pages()) check();
  }

  int64_t count() const override { return static_cast<int64_t>(file_.tree().entries); }

  int64_t index() const override { return index_; }

  bool lasting() const override { return true; }  // in the mapped file

  Record record() const override {
    const Level& leaf = levels_.back();
    return file_.record(file_.node(leaf.page, leaf.index));
  }

  void next() override {
    ++index_;
    if (++levels_.back().index >= levels_.back().nodes && !next_leaf()) first();
  }

  void seek(int64_t n) override {
    if (n < 0) fail(Status::kInvalidArgument, "no record ", n, " in a database");
    n %= count();
    if (leaves_.empty()) {
      first();
      leaves_.push_back({0, levels_});
    }
    const auto behind = std::ranges::upper_bound(leaves_, n, {}, &Leaf::first);
    levels_ = std::prev(behind)->levels;
    int64_t begin = std::prev(behind)->first;
    while (n - begin >= levels_.back().nodes) {
      begin += levels_.back().nodes;
      if (!next_leaf()) file_.damaged("it lacks records");
      if (begin > leaves_.back().first) leaves_.push_back({begin, levels_});
    }
    index_ = n;
    levels_.back().index = static_cast<int>(n - begin);
  }

 private:
  struct Level {
    uint64_t page;
    int index, nodes;
  };

  // A leaf seek() has come by: its first record, and the way to it.
  struct Leaf {
    int64_t first;
    std::vector<Level> levels;
  };

  void push(uint64_t number) {
    const bool leaf = levels_.size() + 1 == file_.tree().depth;
    const uint64_t page = file_.page(number, leaf ? kLeaf : kBranch);
    levels_.push_back({page, 0, file_.nodes(page)});
  }

  // From the page on top of the levels to the first record below it.
  void descend() {
    while (levels_.size() < file_.tree().depth) {
      const Level& branch = levels_.back();
      push(file_.child(file_.node(branch.page, branch.index)));
    }
  }

  void first() {
    index_ = 0;
    levels_.clear();
    push(file_.tree().root);
    descend();
  }

  // To the first record of the next leaf; false after the last.
  bool next_leaf() {
    while (levels_.size() > 1) {
      levels_.pop_back();
      if (++levels_.back().index < levels_.back().nodes) {
        descend();
        return true;
      }
    }
    return false;
  }

  // Reaches for every record, so that a database that was cut is refused before hours are spent on
  // its first part.
  void check() {
    int64_t found = 0;
    do {
      found += levels_.back().nodes;
      if (found > count()) file_.damaged("it has more than its ", count(), " records");
      for (Level& leaf = levels_.back(); leaf.index < leaf.nodes; ++leaf.index) record();
    } while (next_leaf());
    first();
  }

  LmdbFile file_;
  std::vector<Level> levels_;  // from the root to the leaf we are in
  std::vector<Leaf> leaves_;   // from the first on, so that records are found in any order
  int64_t index_ = 0;
};

// `path` is the folder of data.mdb, or such a file itself.
std::unique_ptr<DatabaseCursor> open_lmdb(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) fail(Status::kIo, path, ": no such LMDB database");
  const FileKind kind = kind_of_file(path);
  if (kind == FileKind::kLevelDb) {
    fail(Status::kParse, path, ": this is a LevelDB database, not an LMDB; write backend: LEVELDB");
  }
  reject_other_kinds(path, kind, {FileKind::kLmdb, FileKind::kFolder, FileKind::kEmpty},
                     "an LMDB database");
  const std::string file = fs::is_directory(status) ? path + "/data.mdb" : path;
  if (!fs::exists(file, error)) {
    fail(Status::kIo, path, ": is not an LMDB database, there is no data.mdb in it");
  }
  return std::make_unique<LmdbCursor>(file);
}

const DatabaseRegistration registration("LMDB", {open_lmdb, [](const std::string& path) {
                                                   return std::make_unique<LmdbWriter>(path);
                                                 }});

}  // namespace
}  // namespace caffe
