// The format: a header of 128 bytes, then elements. An element is a tag (a type and the number of
// its bytes) and its bytes, filled up to a multiple of 8; one of at most 4 bytes may lie within its
// tag. An array is an element of four others: flags, dimensions, name, values.
#include "data/mat_file.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "core/checked.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace caffe {

namespace {

// Types of elements.
enum : uint32_t {
  kInt8 = 1,
  kUint8 = 2,
  kInt16 = 3,
  kUint16 = 4,
  kInt32 = 5,
  kUint32 = 6,
  kSingle = 7,
  kDouble = 9,
  kInt64 = 12,
  kUint64 = 13,
  kMatrix = 14,
  kCompressed = 15,
};
// Classes of arrays: numbers lie between these.
enum : uint32_t { kSparseClass = 5, kDoubleClass = 6, kSingleClass = 7, kUint64Class = 15 };

constexpr size_t kHeader = 128, kText = 116;
constexpr uint32_t kComplex = 0x0800;
constexpr uint16_t kVersion = 0x0100, kEndian = 0x4d49;  // "MI", which reads "IM" as bytes

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

size_t padding(size_t size) {
  return (8 - size % 8) % 8;
}

void append_element(std::string& out, uint32_t type, std::string_view bytes) {
  append(out, type);
  append(out, static_cast<uint32_t>(bytes.size()));
  out += bytes;
  out.append(padding(bytes.size()), '\0');
}

// All of an array but its values.
std::string array_head(const std::string& name, const std::vector<int64_t>& dims) {
  std::string head, flags, extents;
  append(flags, uint32_t{kSingleClass});
  append(flags, uint32_t{0});
  append_element(head, kUint32, flags);
  for (const int64_t extent : dims) append(extents, static_cast<int32_t>(extent));
  append_element(head, kInt32, extents);
  append_element(head, kInt8, name);
  return head;
}

}  // namespace

void write_mat(const std::string& path, const std::string& name, const std::vector<int64_t>& dims,
               const float* values) {
  int64_t count = 1;
  for (const int64_t extent : dims) count = checked_mul(count, extent);
  const std::string head = array_head(name, dims);
  const int64_t bytes = checked_mul(count, int64_t{sizeof(float)});
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  if (bytes > kMost - static_cast<int64_t>(head.size()) - 16 ||
      std::any_of(dims.begin(), dims.end(), [&](int64_t extent) { return extent > kMost; })) {
    fail(Status::kUnsupported, path, ": a MAT file of level 5 holds at most 2 GB, not ", count,
         " values");
  }
  const size_t size = static_cast<size_t>(bytes), fill = padding(size);
  std::string start = "MATLAB 5.0 MAT-file, written by libcaffe";
  start.resize(kText, ' ');
  start.append(8, '\0');
  append(start, kVersion);
  append(start, kEndian);
  append(start, uint32_t{kMatrix});
  append(start, static_cast<uint32_t>(head.size() + 8 + size + fill));
  start += head;
  append(start, uint32_t{kSingle});
  append(start, static_cast<uint32_t>(size));
  AtomicFile file(path);
  file.write(start);
  file.write({reinterpret_cast<const char*>(values), size});
  file.write(std::string(fill, '\0'));
  file.commit();
}

namespace {

struct Element {
  uint32_t type = 0;
  std::string_view bytes;
};

// Takes the elements of `rest` one after the other.
class Elements {
 public:
  explicit Elements(std::string_view rest) : rest_(rest) {}

  bool empty() const { return rest_.size() < 8; }  // what is left over is filling

  Element next() {
    if (rest_.size() < 8) cut_off();
    uint32_t words[2];
    std::memcpy(words, rest_.data(), 8);
    if (words[0] >> 16 != 0) {  // within its tag
      const size_t size = words[0] >> 16;
      if (size > 4) fail(Status::kParse, "a small element of ", size, " bytes");
      const Element element{words[0] & 0xffff, rest_.substr(4, size)};
      rest_.remove_prefix(8);
      return element;
    }
    const size_t size = words[1];
    if (size > rest_.size() - 8) cut_off();
    const Element element{words[0], rest_.substr(8, size)};
    // Compressed ones are not filled up, and the last one need not be.
    const size_t fill = words[0] == kCompressed ? 0 : padding(size);
    rest_.remove_prefix(std::min(rest_.size(), 8 + size + fill));
    return element;
  }

 private:
  [[noreturn]] static void cut_off() { fail(Status::kParse, "the file ends within an array"); }

  std::string_view rest_;
};

template <class T>
void append_numbers(std::string_view bytes, std::vector<float>& out) {
  if (bytes.size() % sizeof(T) != 0) {
    fail(Status::kParse, bytes.size(), " bytes are no whole number of values");
  }
  out.reserve(bytes.size() / sizeof(T));
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    out.push_back(static_cast<float>(value));
  }
}

std::vector<float> numbers(const Element& element) {
  std::vector<float> out;
  switch (element.type) {
    case kInt8:
      append_numbers<int8_t>(element.bytes, out);
      break;
    case kUint8:
      append_numbers<uint8_t>(element.bytes, out);
      break;
    case kInt16:
      append_numbers<int16_t>(element.bytes, out);
      break;
    case kUint16:
      append_numbers<uint16_t>(element.bytes, out);
      break;
    case kInt32:
      append_numbers<int32_t>(element.bytes, out);
      break;
    case kUint32:
      append_numbers<uint32_t>(element.bytes, out);
      break;
    case kSingle:
      append_numbers<float>(element.bytes, out);
      break;
    case kDouble:
      append_numbers<double>(element.bytes, out);
      break;
    case kInt64:
      append_numbers<int64_t>(element.bytes, out);
      break;
    case kUint64:
      append_numbers<uint64_t>(element.bytes, out);
      break;
    default:
      fail(Status::kParse, "values of the unknown type ", element.type);
  }
  return out;
}

std::vector<int64_t> extents(const Element& element) {
  if (element.type != kInt32 || element.bytes.size() % 4 != 0 || element.bytes.size() < 8) {
    fail(Status::kParse, "an array without dimensions");
  }
  std::vector<int64_t> dims;
  for (size_t at = 0; at < element.bytes.size(); at += 4) {
    int32_t extent;
    std::memcpy(&extent, element.bytes.data() + at, 4);
    if (extent < 0) fail(Status::kParse, "an array has the extent ", extent);
    dims.push_back(extent);
  }
  return dims;
}

MatArray array_of(uint32_t flags, const Element& dims, Elements& rest) {
  const uint32_t kind = flags & 0xff;
  if (kind < kDoubleClass || kind > kUint64Class || (flags & kComplex) != 0) {
    fail(Status::kUnsupported, "expected an array of real numbers, it is ",
         (flags & kComplex) != 0 ? "complex"
         : kind == kSparseClass  ? "sparse"
                                 : str("of MATLAB's class number ", kind));
  }
  MatArray array{extents(dims), numbers(rest.next())};
  int64_t count = 1;
  for (const int64_t extent : array.dims) count = checked_mul(count, extent);
  if (count != static_cast<int64_t>(array.values.size())) {
    fail(Status::kParse, "an array of ", count, " values holds ", array.values.size());
  }
  return array;
}

void check_header(std::string_view bytes) {
  if (bytes.size() < kHeader || bytes.starts_with("\x89HDF") ||
      bytes.substr(0, kText).find("HDF5") != std::string_view::npos) {
    fail(Status::kParse, "this is no MAT file of level 5",
         bytes.size() < kHeader ? "" : " but one of level 7.3; `save -v6` writes what can be read");
  }
  uint16_t words[2];
  std::memcpy(words, bytes.data() + kText + 8, 4);
  if (words[1] == 0x494d) {
    fail(Status::kUnsupported, "it was written by a machine of the other byte order");
  }
  if (words[1] != kEndian || words[0] >> 8 != kVersion >> 8) {
    fail(Status::kParse, "this is no MAT file of level 5");
  }
}

}  // namespace

MatArray read_mat(const std::string& path, const std::string& name) {
  const MappedFile file = map_file(path);
  return with_context([&] { return path; },
                      [&] {
                        check_header(file.bytes);
                        bool compressed = false;
                        for (Elements elements(file.bytes.substr(kHeader)); !elements.empty();) {
                          const Element element = elements.next();
                          compressed |= element.type == kCompressed;
                          if (element.type != kMatrix || element.bytes.empty()) continue;
                          Elements parts(element.bytes);
                          const Element flags = parts.next();
                          if (flags.type != kUint32 || flags.bytes.size() != 8) {
                            fail(Status::kParse, "an array without flags");
                          }
                          uint32_t word;
                          std::memcpy(&word, flags.bytes.data(), 4);
                          const Element dims = parts.next();
                          if (parts.next().bytes != name) continue;
                          return with_context([&] { return quoted(name); },
                                              [&] { return array_of(word, dims, parts); });
                        }
                        if (compressed) {
                          fail(Status::kUnsupported,
                               "its arrays are compressed; `save -v6` in MATLAB and Octave, ",
                               "scipy.io.savemat without do_compression write them as they are");
                        }
                        fail(Status::kNotFound, "there is no array ", quoted(name), " in it");
                      });
}

}  // namespace caffe
