// The format is told in data/lmdb.cpp.
#include "data/lmdb_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/error.hpp"

namespace caffe {

namespace {

constexpr size_t kPageSize = 4096, kHeaderSize = 16, kNodeHeaderSize = 8;
constexpr size_t kLargestKey = 511;
// liblmdb wants at least two nodes on a page; what is larger goes to pages of its own.
constexpr size_t kLargestNode = ((kPageSize - kHeaderSize) / 2 & ~size_t{1}) - 2;
constexpr uint16_t kBranch = 0x01, kLeaf = 0x02, kOverflow = 0x04, kMeta = 0x08;
constexpr uint16_t kBig = 0x01;
constexpr uint64_t kNoPage = ~uint64_t{0};

template <class T>
void append(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string leaf_node(std::string_view key, std::string_view body, size_t size, uint16_t flags) {
  std::string node;
  append(node, static_cast<uint32_t>(size));
  append(node, flags);
  append(node, static_cast<uint16_t>(key.size()));
  node.append(key).append(body);
  if (node.size() % 2 != 0) node.push_back('\0');
  return node;
}

std::string branch_node(std::string_view key, uint64_t page) {
  std::string node;
  append(node, static_cast<uint32_t>(page));
  append(node, static_cast<uint16_t>(page >> 32));
  append(node, static_cast<uint16_t>(key.size()));
  node.append(key);
  if (node.size() % 2 != 0) node.push_back('\0');
  return node;
}

std::string page_header(uint64_t number, uint16_t kind, uint16_t lower, uint16_t upper) {
  std::string header;
  append(header, number);
  append(header, uint16_t{0});
  append(header, kind);
  append(header, lower);
  append(header, upper);
  return header;
}

}  // namespace

bool LmdbWriter::Page::fits(size_t node_size) const {
  return kHeaderSize + offsets.size() + 2 + nodes.size() + node_size <= kPageSize;
}

void LmdbWriter::Page::add(std::string_view node) {
  nodes.insert(0, node);
  append(offsets, static_cast<uint16_t>(kPageSize - nodes.size()));
}

LmdbWriter::LmdbWriter(const std::string& path) : folder_(path), leaf_(kLeaf) {
  file_.open(folder_.place() / "data.mdb", std::ios::binary);
  write(std::string(2 * kPageSize, '\0'));  // for the meta pages
}

void LmdbWriter::write(std::string_view bytes) {
  if (!file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    fail(Status::kIo, "cannot write the database ", quoted(folder_.path().string()), ": ",
         std::strerror(errno));
  }
}

void LmdbWriter::put(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kLargestKey) {
    fail(Status::kInvalidArgument, "a key of a database is 1 to ", kLargestKey, " bytes long, not ",
         key.size());
  }
  if (entries_ > 0 && key <= last_key_) {
    fail(Status::kInvalidArgument, "keys of a database must ascend: ", quoted(key), " comes after ",
         quoted(last_key_));
  }
  if (value.size() > UINT32_MAX) {
    fail(Status::kInvalidArgument, "a record of a database has at most 4 GB, not ", value.size());
  }
  std::string node;
  if (kNodeHeaderSize + key.size() + value.size() > kLargestNode) {
    std::string body;
    append(body, write_overflow(value));
    node = leaf_node(key, body, value.size(), kBig);
  } else {
    node = leaf_node(key, value, value.size(), 0);
  }
  if (!leaf_.fits(node.size())) flush_leaf();
  if (leaf_.offsets.empty()) leaf_.first_key = key;
  leaf_.add(node);
  last_key_ = key;
  ++entries_;
}

void LmdbWriter::flush_leaf() {
  leaves_.push_back({leaf_.first_key, write_page(leaf_)});
  leaf_ = Page(kLeaf);
}

uint64_t LmdbWriter::write_page(const Page& page) {
  const size_t lower = kHeaderSize + page.offsets.size(), upper = kPageSize - page.nodes.size();
  std::string bytes = page_header(next_page_, page.kind, static_cast<uint16_t>(lower),
                                  static_cast<uint16_t>(upper));
  bytes += page.offsets;
  bytes.resize(upper);
  write(bytes + page.nodes);
  return next_page_++;
}

uint64_t LmdbWriter::write_overflow(std::string_view value) {
  const uint64_t pages = (kHeaderSize + value.size() + kPageSize - 1) / kPageSize;
  std::string bytes;
  append(bytes, next_page_);
  append(bytes, uint16_t{0});
  append(bytes, kOverflow);
  append(bytes, static_cast<uint32_t>(pages));
  write(bytes);
  write(value);
  write(std::string(pages * kPageSize - kHeaderSize - value.size(), '\0'));
  overflow_pages_ += pages;
  next_page_ += pages;
  return next_page_ - pages;
}

// One level of the tree, above `children`.
std::vector<LmdbWriter::Child> LmdbWriter::write_branches(const std::vector<Child>& children) {
  std::vector<Child> level;
  for (size_t i = 0; i < children.size();) {
    Page page(kBranch);
    page.first_key = children[i].first_key;
    const size_t begin = i;
    for (; i < children.size(); ++i) {
      // A page's first key is never looked at.
      const std::string node =
          branch_node(i == begin ? "" : children[i].first_key, children[i].page);
      // The last page must not be left with one child.
      const bool before_last = i + 2 == children.size() && i > begin + 1;
      const size_t room =
          before_last ? node.size() + kNodeHeaderSize + kLargestKey + 3 : node.size();
      if (!page.fits(room)) break;
      page.add(node);
    }
    level.push_back({page.first_key, write_page(page)});
    ++branch_pages_;
  }
  return level;
}

void LmdbWriter::write_meta(uint64_t root, uint16_t depth) {
  for (const uint64_t number : {0, 1}) {
    std::string bytes = page_header(number, kMeta, 0, 0);
    append(bytes, uint32_t{0xBEEFC0DE});
    append(bytes, uint32_t{1});
    append(bytes, uint64_t{0});             // a fixed address: none
    append(bytes, next_page_ * kPageSize);  // the size of the map
    append(bytes, uint32_t{kPageSize});     // the tree of free pages: its keys are numbers
    append(bytes, uint16_t{0x08});
    append(bytes, uint16_t{0});
    for (int i = 0; i < 4; ++i) append(bytes, uint64_t{0});
    append(bytes, kNoPage);
    // The records; the first of the two meta pages shows the database before them.
    const bool counts = number == 1 && entries_ > 0;
    append(bytes, uint32_t{0});
    append(bytes, uint16_t{0});
    append(bytes, static_cast<uint16_t>(counts ? depth : 0));
    append(bytes, counts ? branch_pages_ : 0);
    append(bytes, counts ? static_cast<uint64_t>(leaves_.size()) : 0);
    append(bytes, counts ? overflow_pages_ : 0);
    append(bytes, counts ? entries_ : 0);
    append(bytes, counts ? root : kNoPage);
    append(bytes, counts ? next_page_ - 1 : 1);
    append(bytes, number);  // of the transaction
    bytes.resize(kPageSize);
    write(bytes);
  }
}

void LmdbWriter::commit() {
  if (!file_.is_open()) fail(Status::kState, "the database is written already");
  if (!leaf_.offsets.empty()) flush_leaf();
  std::vector<Child> level = leaves_;
  uint16_t depth = 1;
  for (; level.size() > 1; ++depth) level = write_branches(level);
  file_.seekp(0);
  write_meta(level.empty() ? kNoPage : level[0].page, depth);
  file_.close();
  const std::filesystem::path data = folder_.place() / "data.mdb";
  const int descriptor = ::open(data.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!file_ || !synced) {
    fail(Status::kIo, "cannot write the database ", quoted(folder_.path().string()), ": ",
         std::strerror(errno));
  }
  folder_.commit();
}

}  // namespace caffe
