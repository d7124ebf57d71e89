// A map of at most so many entries: when it is full, a new one takes the place of the one that has
// been neither asked for nor put in for the longest (least recently used).
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace caffe {

template <class Value>
class LruCache {
 public:
  explicit LruCache(size_t capacity) : capacity_(capacity) {}

  size_t size() const { return entries_.size(); }

  // The value of `key`, or null; borrowed until the next put(). It counts as used.
  Value* find(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // Makes `value` that of `key`; it counts as used. Borrowed until the next put().
  Value& put(const std::string& key, Value value) {
    if (Value* const there = find(key)) return *there = std::move(value);
    entries_.emplace_front(key, std::move(value));
    places_[key] = entries_.begin();
    if (entries_.size() > capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    return entries_.front().second;
  }

  // body(key, value) for all, the last used one first.
  template <class Body>
  void for_each(const Body& body) const {
    for (const auto& [key, value] : entries_) body(key, value);
  }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;  // the last used one first

  const size_t capacity_;
  Entries entries_;
  std::unordered_map<std::string, typename Entries::iterator> places_;
};

}  // namespace caffe
