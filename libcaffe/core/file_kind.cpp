#include "core/file_kind.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/image_format.hpp"
#include "core/lower_case.hpp"

namespace caffe {

namespace {

constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";

struct Signature {
  size_t offset;
  std::string_view bytes;
  FileKind kind;
};

constexpr Signature kSignatures[] = {
    {0, kHdf5Signature, FileKind::kHdf5},
    {0, "\x93NUMPY", FileKind::kNumpy},
    {0, "MATLAB 5.0 MAT-file", FileKind::kMatlab},
    {16, "\xde\xc0\xef\xbe", FileKind::kLmdb},
    {0, "PK\x03\x04", FileKind::kZip},
    {0, "\x1f\x8b", FileKind::kGzip},
    {0,
     "\x7f"
     "ELF",
     FileKind::kProgram},
    {0, "version https://git-lfs", FileKind::kGitLfs},
    {0, "\xff\xfe", FileKind::kUtf16},
    {0, "\xfe\xff", FileKind::kUtf16},
};

// The types of a message's outermost fields, as far as the bytes follow the wire format.
class OuterFields {
 public:
  static constexpr int kVarint = 0, kLength = 2, kFixed32 = 5;

  explicit OuterFields(std::string_view bytes) : bytes_(bytes) {
    constexpr int kEnough = 4096;  // values of old blobs are a field each
    for (int i = 0; i < kEnough && !bytes_.empty(); ++i) {
      const std::optional<uint64_t> tag = varint();
      if (!tag) return;
      const int type = static_cast<int>(*tag & 7);
      const uint64_t number = *tag >> 3;
      const bool sound =
          number > 0 && number < uint64_t{1} << 29 && type != 3 && type != 4 && type < 6;
      if (!sound) {
        types_.clear();
        return;
      }
      types_.emplace(number, type);
      if (!skip(type)) return;
    }
  }

  // Whether the message has field `number`, of `type`.
  bool has(uint64_t number, int type) const {
    const auto found = types_.find(number);
    return found != types_.end() && found->second == type;
  }
  bool has(uint64_t number) const { return types_.count(number) > 0; }

 private:
  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  // False where the bytes end before the field does.
  bool skip(int type) {
    if (type == kVarint) return varint().has_value();
    const std::optional<uint64_t> size = type == kLength ? varint() : type == kFixed32 ? 4 : 8;
    if (!size || *size > bytes_.size()) return false;
    bytes_.remove_prefix(static_cast<size_t>(*size));
    return true;
  }

  std::string_view bytes_;
  std::map<uint64_t, int> types_;
};

// Messages by fields that no other of these has, in the numbers of caffe.proto and onnx.proto.
FileKind kind_of_message(std::string_view bytes) {
  constexpr int kVarint = OuterFields::kVarint, kLength = OuterFields::kLength;
  const OuterFields fields(bytes);
  const bool one = fields.has(1, kVarint);  // a net's is its name
  if (fields.has(100, kLength) || (fields.has(2, kLength) && !one)) return FileKind::kCaffemodel;
  if (one && fields.has(7, kLength) && fields.has(8, kLength)) return FileKind::kOnnx;
  if (one && fields.has(2, kLength)) return FileKind::kSolverState;
  const bool axes = one && fields.has(2, kVarint) && fields.has(3, kVarint);
  if (axes && (fields.has(4, kLength) || fields.has(6))) return FileKind::kDatum;
  if (one && fields.has(3, kLength)) return FileKind::kSolverState;
  if (fields.has(7, kLength) || (axes && fields.has(4, kVarint))) return FileKind::kBlob;
  return FileKind::kUnknown;
}

bool begins_with(std::string_view bytes, size_t offset, std::string_view part) {
  return bytes.size() >= offset + part.size() && bytes.substr(offset, part.size()) == part;
}

bool looks_like_text(std::string_view bytes) {
  const auto is_text = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 ? byte != 0x7f : byte >= '\t' && byte <= '\r';
  };
  const std::string_view head = bytes.substr(0, 1024);
  return std::all_of(head.begin(), head.end(), is_text);
}

// Text may begin as BMP and PNM do.
bool is_image(std::string_view bytes) {
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::kBmp || format == ImageFormat::kPnm) return !looks_like_text(bytes);
  return format != ImageFormat::kUnknown;
}

bool looks_like_html(std::string_view text) {
  std::string head = lower_case(text.substr(0, 64));
  head.erase(0, head.find_first_not_of(" \t\r\n"));
  return head.starts_with("<!doctype html") || head.starts_with("<html");
}

FileKind kind_of_folder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder(path);
  if (std::filesystem::exists(folder / "data.mdb", error)) return FileKind::kLmdb;
  if (std::filesystem::exists(folder / "CURRENT", error)) return FileKind::kLevelDb;
  return FileKind::kFolder;
}

}  // namespace

FileKind kind_of(std::string_view bytes) {
  if (bytes.empty()) return FileKind::kEmpty;
  for (const Signature& each : kSignatures) {
    if (begins_with(bytes, each.offset, each.bytes)) return each.kind;
  }
  if (is_image(bytes)) return FileKind::kImage;
  if (looks_like_text(bytes)) return looks_like_html(bytes) ? FileKind::kHtml : FileKind::kText;
  return kind_of_message(bytes);
}

FileKind kind_of_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return kind_of_folder(path);
  if (!std::filesystem::is_regular_file(status)) return FileKind::kUnknown;
  if (is_hdf5_file(path)) return FileKind::kHdf5;
  try {
    return kind_of(map_file(path).bytes);
  } catch (const Error&) {
    return FileKind::kUnknown;
  }
}

const char* kind_name(FileKind kind) {
  switch (kind) {
    case FileKind::kUnknown:
      return "";
    case FileKind::kEmpty:
      return "empty";
    case FileKind::kText:
      return "a text file";
    case FileKind::kUtf16:
      return "a text file in UTF-16";
    case FileKind::kHtml:
      return "a page of the web (HTML)";
    case FileKind::kGitLfs:
      return "a Git LFS pointer";
    case FileKind::kCaffemodel:
      return "a caffemodel (weights)";
    case FileKind::kSolverState:
      return "a solver state";
    case FileKind::kBlob:
      return "a single blob (a mean, for instance)";
    case FileKind::kDatum:
      return "a datum";
    case FileKind::kOnnx:
      return "an ONNX model";
    case FileKind::kHdf5:
      return "an HDF5 file";
    case FileKind::kNumpy:
      return "a NumPy array";
    case FileKind::kMatlab:
      return "a MATLAB file (.mat)";
    case FileKind::kLmdb:
      return "an LMDB database";
    case FileKind::kLevelDb:
      return "a LevelDB database";
    case FileKind::kImage:
      return "an image";
    case FileKind::kZip:
      return "a zip archive";
    case FileKind::kGzip:
      return "a gzip archive";
    case FileKind::kProgram:
      return "a program or library";
    case FileKind::kFolder:
      return "a folder";
  }
  return "";
}

namespace {

// What to do with a file of that kind, if that is known.
const char* way_out(FileKind kind) {
  switch (kind) {
    case FileKind::kGitLfs:
      return "; fetch the file itself with git lfs pull";
    case FileKind::kHtml:
      return "; the download did not give the file";
    case FileKind::kUtf16:
      return "; save it as UTF-8";
    case FileKind::kGzip:
    case FileKind::kZip:
      return "; unpack it";
    default:
      return "";
  }
}

}  // namespace

void reject_other_kinds(const std::string& path, FileKind kind,
                        std::initializer_list<FileKind> fine, std::string_view wanted) {
  if (kind == FileKind::kUnknown || std::find(fine.begin(), fine.end(), kind) != fine.end()) return;
  fail(Status::kParse, path, ": this is ", kind_name(kind), ", not ", wanted, way_out(kind));
}

void reject_folder(const std::string& path, std::string_view wanted) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return;
  reject_other_kinds(path, kind_of_folder(path), {}, wanted);
}

bool is_hdf5_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  // Behind a block of the user's own it begins at a power of two.
  constexpr int64_t kFarthest = 1 << 20;
  for (int64_t offset = 0; offset <= kFarthest; offset = offset == 0 ? 512 : offset * 2) {
    char bytes[kHdf5Signature.size()] = {};
    if (!file.seekg(offset) || !file.read(bytes, sizeof bytes)) return false;
    if (std::string_view(bytes, sizeof bytes) == kHdf5Signature) return true;
  }
  return false;
}

std::string read_text_only(const std::string& path, std::string_view wanted) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin UTF-8 with it
  reject_folder(path, wanted);
  std::string text = read_file(path);
  reject_other_kinds(path, kind_of(text), {FileKind::kText, FileKind::kEmpty}, wanted);
  if (text.find('\0') != std::string::npos) {
    fail(Status::kParse, path, ": this is no text, but a binary file, not ", wanted);
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

}  // namespace caffe
