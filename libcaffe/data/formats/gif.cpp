// GIF files: the first image, in its place on the canvas. Where the file names a colour that is
// transparent there are four channels, else three; what the image does not cover is that colour,
// or the file's background.
#include <algorithm>
#include <array>

#include "data/formats/bytes.hpp"
#include "data/formats/formats.hpp"

namespace caffe {
namespace {

constexpr int kNone = -1;
constexpr int kMostCodes = 4096;

using Palette = std::array<uint8_t, 768>;  // red, green, blue; black where the file has no colour

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Pixels decode() {
    canvas_ = {file_.u16(8), file_.u16(6)};
    background_ = file_.u8(11);
    read_palette(file_.u8(10), 13);
    for (;;) {
      const int kind = file_.u8(at_++);
      if (kind == 0x2c) return image();
      if (kind == 0x3b) fail(Status::kParse, "there is no image in the file");
      if (kind != 0x21) fail(Status::kParse, "the file is damaged at byte ", at_ - 1);
      extension();
    }
  }

 private:
  struct Size {
    int64_t height, width;
  };

  void read_palette(int flags, size_t at) {
    at_ = at;
    if ((flags & 0x80) == 0) return;
    const size_t size = size_t{6} << (flags & 7);
    const std::string_view bytes = file_.part(at_, size);
    palette_.fill(0);
    std::copy(bytes.begin(), bytes.end(), palette_.begin());
    at_ += size;
  }

  void extension() {
    const int label = file_.u8(at_++);
    // How the next image is shown: flags, a delay, the transparent colour.
    if (label == 0xf9 && file_.u8(at_) >= 4 && (file_.u8(at_ + 1) & 1) != 0) {
      transparent_ = file_.u8(at_ + 4);
    }
    for (size_t size = 0; (size = file_.u8(at_++)) != 0; at_ += size) file_.part(at_, size);
  }

  Pixels image() {
    const int64_t left = file_.u16(at_), top = file_.u16(at_ + 2);
    const Size frame{file_.u16(at_ + 6), file_.u16(at_ + 4)};
    const int flags = file_.u8(at_ + 8);
    read_palette(flags, at_ + 9);
    const Size size{std::max(canvas_.height, top + frame.height),
                    std::max(canvas_.width, left + frame.width)};
    check_image_size(frame.height, frame.width, file_.size());
    check_image_size(size.height, size.width, file_.size());
    const std::vector<uint8_t> indices = unpack(static_cast<size_t>(frame.height * frame.width));

    Pixels out(size.height, size.width, transparent_ == kNone ? 3 : 4);
    const bool covered = frame.height == size.height && frame.width == size.width;
    const int around = transparent_ == kNone ? background_ : transparent_;
    for (int64_t y = 0; y < size.height && !covered; ++y) {
      for (int64_t x = 0; x < size.width; ++x) put(around, out.row(y) + x * out.channels);
    }
    const auto* from = indices.data();
    const auto row = [&](int64_t y) {
      for (int64_t x = 0; x < frame.width; ++x) {
        put(*from++, out.row(top + y) + (left + x) * out.channels);
      }
    };
    if ((flags & 0x40) == 0) {
      for (int64_t y = 0; y < frame.height; ++y) row(y);
    } else {
      constexpr std::pair<int, int> kPasses[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
      for (const auto& [first, step] : kPasses) {
        for (int64_t y = first; y < frame.height; y += step) row(y);
      }
    }
    return out;
  }

  void put(int index, uint8_t* pixel) const {
    const uint8_t* color = palette_.data() + 3 * index;
    for (int c = 0; c < 3; ++c) pixel[c] = color[2 - c];
    if (transparent_ != kNone) pixel[3] = index == transparent_ ? 0 : 255;
  }

  // The blocks of the image, one behind the other.
  std::string blocks() {
    std::string bytes;
    for (size_t size = 0; at_ < file_.size() && (size = file_.u8(at_++)) != 0; at_ += size) {
      size = std::min(size, file_.size() - at_);  // cut off: it shows when codes are missing
      bytes += file_.part(at_, size);
    }
    return bytes;
  }

  // LZW: codes of growing length for strings of indices, each string an older one and one index.
  std::vector<uint8_t> unpack(size_t count) {
    const int first_size = file_.u8(at_++);
    if (first_size < 1 || first_size > 8) fail(Status::kParse, "the file is damaged");
    const std::string bytes = blocks();
    const int clear = 1 << first_size, end = clear + 1;
    std::array<int16_t, kMostCodes> before;
    std::array<uint8_t, kMostCodes> last, string;
    for (int i = 0; i < clear; ++i) last[static_cast<size_t>(i)] = static_cast<uint8_t>(i);

    std::vector<uint8_t> out;
    out.reserve(count);
    int size = first_size + 1, next = end + 1, previous = kNone;
    uint8_t first = 0;  // of the string of `previous`
    uint32_t bits = 0;
    int held = 0;
    size_t at = 0;
    while (out.size() < count) {
      for (; held < size; held += 8) {
        if (at == bytes.size()) fail(Status::kParse, "the file is cut off");
        bits |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at++])) << held;
      }
      const int code = static_cast<int>(bits & ((1u << size) - 1));
      bits >>= size;
      held -= size;
      if (code == end) fail(Status::kParse, "the file ends before its pixels do");
      if (code == clear) {
        size = first_size + 1;
        next = end + 1;
        previous = kNone;
        continue;
      }
      if (code > next || (code == next && (previous == kNone || next == kMostCodes)) ||
          (previous == kNone && code > end)) {
        fail(Status::kParse, "the file is damaged");
      }
      // The string from its end; the one that is being made is the previous one and its first.
      size_t length = 0;
      int rest = code;
      if (code == next) {
        string[length++] = first;
        rest = previous;
      }
      for (; rest >= clear; rest = before[static_cast<size_t>(rest)]) {
        string[length++] = last[static_cast<size_t>(rest)];
      }
      first = static_cast<uint8_t>(rest);
      string[length++] = first;
      while (length > 0 && out.size() < count) out.push_back(string[--length]);
      if (previous != kNone && next < kMostCodes) {
        before[static_cast<size_t>(next)] = static_cast<int16_t>(previous);
        last[static_cast<size_t>(next)] = first;
        if (++next == 1 << size && size < 12) ++size;
      }
      previous = code;
    }
    return out;
  }

  const Bytes file_;
  size_t at_ = 0;
  Size canvas_{};
  Palette palette_{};
  int background_ = 0, transparent_ = kNone;
};

}  // namespace

Pixels decode_gif(std::string_view file) {
  return Reader(file).decode();
}

}  // namespace caffe
