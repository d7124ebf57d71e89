// BMP files of Windows and OS/2: 1, 2, 4 and 8 bits with a palette, plain or run-length encoded,
// 16, 24 and 32 bits, also with masks of their own; rows from below or from above. A palette of
// greys makes one channel. Alpha is what a mask says; without one the fourth byte means nothing.
// Values of fewer than 8 bits are stretched so that their largest is 255.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "data/formats/bytes.hpp"
#include "data/formats/formats.hpp"

namespace caffe {
namespace {

constexpr size_t kInfo = 14;  // where the second header begins

enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kMasks = 3, kAlphaMasks = 6 };

using Color = std::array<uint8_t, 3>;  // blue, green, red

struct Header {
  size_t info_size, pixels_at;
  int64_t height, width;
  int bits;
  uint32_t compression = kPlain, colors = 0;
  bool top_down = false;
  // Of blue, green, red and alpha in a pixel of 16 or 32 bits.
  std::array<uint32_t, 4> masks{};

  bool old() const { return info_size == 12; }  // OS/2's first
  // Of a row, which ends at a multiple of four bytes.
  int64_t stride() const { return (width * bits + 31) / 32 * 4; }
};

void read_masks(const Bytes& file, Header& header) {
  if (header.compression == kPlain) {
    header.masks = header.bits == 16 ? std::array<uint32_t, 4>{0x1f, 0x3e0, 0x7c00, 0}
                                     : std::array<uint32_t, 4>{0xff, 0xff00, 0xff0000, 0};
    return;
  }
  // Red first in the file; behind a header of 40 bytes, within a longer one.
  for (size_t c = 0; c < 3; ++c) header.masks[2 - c] = file.u32(kInfo + 40 + 4 * c);
  if (header.compression == kAlphaMasks || header.info_size >= 56) {
    header.masks[3] = file.u32(kInfo + 52);
  }
}

Header read_header(const Bytes& file) {
  Header header{};
  header.pixels_at = file.u32(10);
  header.info_size = file.u32(kInfo);
  if (header.old()) {
    header.width = file.u16(kInfo + 4);
    header.height = file.u16(kInfo + 6);
    header.bits = file.u16(kInfo + 10);
  } else if (header.info_size >= 40 && header.info_size <= 124) {
    header.width = static_cast<int32_t>(file.u32(kInfo + 4));
    header.height = static_cast<int32_t>(file.u32(kInfo + 8));
    header.bits = file.u16(kInfo + 14);
    header.compression = file.u32(kInfo + 16);
    header.colors = file.u32(kInfo + 32);
  } else {
    fail(Status::kParse, "it is a BMP file with a header of ", header.info_size,
         " bytes, expected 12 or 40 to 124");
  }
  header.top_down = header.height < 0;
  header.height = std::abs(header.height);
  check_image_size(header.height, header.width, file.size());

  const int bits = header.bits;
  const bool known = (header.compression == kPlain &&
                      (bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 24)) ||
                     (header.compression == kRle8 && bits == 8) ||
                     (header.compression == kRle4 && bits == 4);
  const bool masked = (header.compression == kPlain || header.compression == kMasks ||
                       header.compression == kAlphaMasks) &&
                      (bits == 16 || bits == 32);
  if (!known && !masked) {
    fail(Status::kParse, "it is a BMP file of ", bits, " bits a pixel in compression ",
         header.compression, ", which is not known; as a PNG file it can be read");
  }
  if (masked) read_masks(file, header);
  return header;
}

std::vector<Color> read_palette(const Bytes& file, const Header& header) {
  const size_t entry = header.old() ? 3 : 4, at = kInfo + header.info_size;
  const size_t most = size_t{1} << header.bits;
  size_t count = header.colors == 0 ? most : std::min<size_t>(header.colors, most);
  // Files count wrong; where the pixels begin is what they all have right.
  if (header.pixels_at > at) count = std::min(count, (header.pixels_at - at) / entry);
  std::vector<Color> palette(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view bytes = file.part(at + i * entry, 3);
    for (size_t c = 0; c < 3; ++c) palette[i][c] = static_cast<uint8_t>(bytes[c]);
  }
  return palette;
}

// Run-length encoded rows from below, a byte for each pixel; what is passed over is 0.
std::vector<uint8_t> unpack_runs(const Bytes& file, const Header& header) {
  std::vector<uint8_t> indices(static_cast<size_t>(header.height * header.width));
  const bool nibbles = header.compression == kRle4;
  size_t at = header.pixels_at;
  int64_t x = 0, y = 0;
  const auto put = [&](int index) {
    if (x < header.width) {
      indices[static_cast<size_t>(y * header.width + x)] = static_cast<uint8_t>(index);
    }
    ++x;
  };
  while (y < header.height) {
    const int count = file.u8(at), value = file.u8(at + 1);
    at += 2;
    if (count > 0) {
      for (int i = 0; i < count; ++i) put(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
    } else if (value == 0) {
      x = 0;
      ++y;
    } else if (value == 1) {
      break;
    } else if (value == 2) {
      x += file.u8(at);
      y += file.u8(at + 1);
      at += 2;
    } else {
      const size_t size = static_cast<size_t>(nibbles ? (value + 1) / 2 : value);
      const std::string_view bytes = file.part(at, size);
      for (size_t i = 0; i < static_cast<size_t>(value); ++i) {
        const int byte = static_cast<uint8_t>(bytes[nibbles ? i / 2 : i]);
        put(!nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
      }
      at += size + size % 2;
    }
    // A row that is full may end without a word when it is the last.
    if (y == header.height - 1 && x >= header.width && at + 2 > file.size()) break;
  }
  return indices;
}

Pixels with_palette(const Bytes& file, const Header& header) {
  const std::vector<Color> palette = read_palette(file, header);
  const bool gray = std::all_of(palette.begin(), palette.end(), [](const Color& color) {
    return color[0] == color[1] && color[1] == color[2];
  });
  const bool runs = header.compression != kPlain;
  const std::vector<uint8_t> unpacked = runs ? unpack_runs(file, header) : std::vector<uint8_t>();
  Pixels image(header.height, header.width, gray ? 1 : 3);
  for (int64_t y = 0; y < header.height; ++y) {
    uint8_t* out = image.row(header.top_down ? y : header.height - 1 - y);
    const auto* row =
        runs ? unpacked.data() + y * header.width
             : reinterpret_cast<const uint8_t*>(
                   file.part(header.pixels_at + static_cast<size_t>(y * header.stride()),
                             static_cast<size_t>((header.width * header.bits + 7) / 8))
                       .data());
    for (int64_t x = 0; x < header.width; ++x) {
      size_t index = 0;
      if (runs) {
        index = row[x];
      } else {
        const int64_t bit = x * header.bits;
        index = static_cast<size_t>(row[bit / 8] >> (8 - header.bits - bit % 8)) &
                ((size_t{1} << header.bits) - 1);
      }
      const Color color = index < palette.size() ? palette[index] : Color{};
      for (int64_t c = 0; c < image.channels; ++c) *out++ = color[static_cast<size_t>(c)];
    }
  }
  return image;
}

// The bits of `pixel` under `mask`, their largest value stretched to 255.
uint8_t under(uint32_t mask, uint32_t pixel) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
  return static_cast<uint8_t>((value * 255 + most / 2) / most);
}

Pixels with_colors(const Bytes& file, const Header& header) {
  const auto bytes = static_cast<size_t>(header.bits / 8);
  Pixels image(header.height, header.width, header.masks[3] != 0 ? 4 : 3);
  const auto channels = static_cast<size_t>(image.channels);
  for (int64_t y = 0; y < header.height; ++y) {
    const size_t at = header.pixels_at + static_cast<size_t>(y * header.stride());
    const std::string_view row = file.part(at, static_cast<size_t>(header.width) * bytes);
    uint8_t* out = image.row(header.top_down ? y : header.height - 1 - y);
    if (bytes == 3) {
      std::copy(row.begin(), row.end(), out);
      continue;
    }
    const Bytes pixels(row);
    for (size_t x = 0; x < static_cast<size_t>(header.width); ++x) {
      const uint32_t pixel = bytes == 2 ? pixels.u16(2 * x) : pixels.u32(4 * x);
      for (size_t c = 0; c < channels; ++c) *out++ = under(header.masks[c], pixel);
    }
  }
  return image;
}

}  // namespace

Pixels decode_bmp(std::string_view bytes) {
  const Bytes file(bytes);
  const Header header = read_header(file);
  if (header.compression != kRle8 && header.compression != kRle4) {
    // All rows but the last are there whole.
    file.part(header.pixels_at, static_cast<size_t>((header.height - 1) * header.stride() +
                                                    (header.width * header.bits + 7) / 8));
  }
  return header.bits <= 8 ? with_palette(file, header) : with_colors(file, header);
}

}  // namespace caffe
