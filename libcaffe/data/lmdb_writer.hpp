// LMDB databases written from nothing: records in the order of their keys go to pages that are
// never touched again, so that any number of them takes little memory.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "data/database.hpp"
#include "data/database_folder.hpp"

namespace caffe {

class LmdbWriter : public DatabaseWriter {
 public:
  explicit LmdbWriter(const std::string& path);

  // Keys are 1 to 511 bytes long.
  void put(std::string_view key, std::string_view value) override;
  void commit() override;
  uint64_t count() const override { return entries_; }

 private:
  // A page that is being filled: offsets of nodes grow from its header, nodes from its end.
  struct Page {
    explicit Page(uint16_t kind) : kind(kind) {}
    bool fits(size_t node_size) const;
    void add(std::string_view node);

    uint16_t kind;
    std::string first_key;
    std::string offsets, nodes;  // nodes in the order of the file: the last one first
  };
  struct Child {
    std::string first_key;
    uint64_t page;
  };

  uint64_t write_page(const Page& page);
  uint64_t write_overflow(std::string_view value);
  std::vector<Child> write_branches(const std::vector<Child>& children);
  void write_meta(uint64_t root, uint16_t depth);
  void write(std::string_view bytes);
  void flush_leaf();

  DatabaseFolder folder_;
  std::ofstream file_;
  Page leaf_;
  std::vector<Child> leaves_;
  std::string last_key_;
  uint64_t next_page_ = 2, branch_pages_ = 0, overflow_pages_ = 0, entries_ = 0;
};

}  // namespace caffe
