#include "schema/wire.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/files.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"
#include "schema/reflection.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

using namespace caffe;

namespace {

template <class T>
T from_text(const std::string& text) {
  T out;
  parse_text(text, out);
  return out;
}

template <class T>
T from_wire(const std::string& bytes) {
  T out;
  parse_wire(bytes, out, {"f", false, nullptr});
  return out;
}

// A string literal with zero bytes in it.
template <size_t N>
std::string bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

BlobProto blob_of(size_t n) {
  BlobProto blob;
  blob.shape.mut().dim = {static_cast<int64_t>(n)};
  for (size_t i = 0; i < n; ++i) blob.data.own().push_back(static_cast<float>(i));
  return blob;
}

}  // namespace

TEST(wire_values_are_protobufs) {
  CHECK_EQ(wire_bytes(from_text<BlobShape>("dim: [1, 300, -1]")),
           bytes("\x0a\x0d\x01\xac\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  CHECK_EQ(wire_bytes(from_text<FillerParameter>("sparse: -1 value: 1")),
           bytes("\x15\0\0\x80\x3f\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  CHECK_EQ(wire_bytes(from_text<Datum>("encoded: true label: 5 data: 'ab'")),
           bytes("\x22\x02"
                 "ab"
                 "\x28\x05\x38\x01"));
  CHECK_EQ(wire_bytes(from_text<NetParameter>("layer { name: 'l' }")),
           bytes("\xa2\x06\x03\x0a\x01l"));
}

TEST(wire_round_trip_keeps_everything) {
  const auto net = from_text<NetParameter>(
      "name: 'n' layer { type: 'X' loss_weight: [1, 2] propagate_down: [true, false] phase: TEST "
      "convolution_param { kernel_size: [3, 4] } "
      "transform_param { resize_param { interp_mode: AREA } } }"
      "layers { blob_share_mode: [STRICT, PERMISSIVE] layer { alpha: nan } }");
  const std::string text = wire_bytes(net);
  CHECK_EQ(static_cast<int64_t>(text.size()), wire_size(net));
  CHECK(schema::equal(from_wire<NetParameter>(text), net));
}

TEST(wire_packed_and_unpacked_are_both_read) {
  CHECK(schema::equal(from_wire<BlobShape>(bytes("\x08\x01\x08\x02")),
                      from_wire<BlobShape>(bytes("\x0a\x02\x01\x02"))));
  const auto unpacked = from_wire<BlobProto>(bytes("\x2d\0\0\x80\x3f\x2d\0\0\0\x40"));
  CHECK_EQ(unpacked.data.size(), 2u);
  CHECK_EQ(unpacked.data[1], 2.0f);
  const auto packed = from_wire<LayerParameter>(bytes("\x2a\x04\0\0\x80\x3f"));  // loss_weight
  CHECK_EQ(packed.loss_weight.size(), 1u);
}

TEST(wire_later_values_win_and_messages_merge) {
  CHECK_EQ(from_wire<Datum>(bytes("\x28\x05\x28\x06")).label, 6);
  const auto net = from_wire<NetParameter>(bytes("\x32\x02\x08\x00\x32\x02\x10\x07"));
  CHECK(net.state->has_phase());
  CHECK_EQ(net.state->level, 7);
}

TEST(wire_unknown_fields_are_kept) {
  // number 1000: a varint, eight bytes, a string, a group with a varint inside, four bytes.
  const std::string unknown = bytes(
      "\xc0\x3e\x05"
      "\xc1\x3e"
      "12345678"
      "\xc2\x3e\x02hi"
      "\xc3\x3e\x08\x01\xc4\x3e"
      "\xc5\x3e"
      "1234");
  const auto net = from_wire<Datum>(unknown + bytes("\x28\x05"));
  CHECK_EQ(net.label, 5);
  CHECK_EQ(wire_bytes(net), bytes("\x28\x05") + unknown);
  // A value of another wire type than the field's, and an enum value nobody knows.
  CHECK_EQ(wire_bytes(from_wire<Datum>(bytes("\x2a\x01x"))), bytes("\x2a\x01x"));
  const auto state = from_wire<NetState>(bytes("\x08\x09"));
  CHECK(!state.has_phase());
  CHECK_EQ(wire_bytes(state), bytes("\x08\x09"));
}

TEST(wire_weights_leave_parameters_out) {
  // LayerParameter: name, an unreadable field 106, a fork's field 137.
  const std::string layer = bytes(
      "\x0a\x01l"
      "\xd2\x06\x02\xff\xff"
      "\xca\x08\x01\xff");
  const std::string net = bytes("\xa2\x06") + static_cast<char>(layer.size()) + layer;
  const NetParameter weights = read_weights_bytes(net, "w");
  CHECK_EQ(weights.layer[0].name, "l");
  CHECK(!weights.layer[0].has_convolution_param());
  CHECK_FAILS(Status::kParse, "f: byte ", from_wire<NetParameter>(net));
}

TEST(wire_damaged_input_is_an_error_with_its_place) {
  const std::string whole = wire_bytes(from_text<NetParameter>(
      "name: 'n' layer { name: 'a' blobs { data: [1, 2, 3] } } layers { layer { name: 'b' } }"));
  int failures = 0;
  for (size_t n = 0; n < whole.size(); ++n) {
    try {
      from_wire<NetParameter>(whole.substr(0, n));
    } catch (const Error& error) {
      CHECK_EQ(error.status(), Status::kParse);
      CHECK(std::string(error.what()).starts_with("f: byte "));
      ++failures;
    }
  }
  CHECK_EQ(failures, static_cast<int>(whole.size()) - 3);  // "", the name, and name and layer
  CHECK_FAILS(Status::kParse, "f: byte 0: no field", from_wire<Datum>(bytes("\0")));
  CHECK_FAILS(Status::kParse, "byte 0: no field", from_wire<Datum>(bytes("\x0f")));
  CHECK_FAILS(Status::kParse, "byte 0: no field", from_wire<Datum>(bytes("\x0c")));
  CHECK_FAILS(Status::kParse, "byte 1: a number of more than ten bytes",
              from_wire<Datum>(bytes("\x08") + std::string(11, '\xff')));
  CHECK_FAILS(Status::kParse, "byte 2: an array of 3 bytes",
              from_wire<BlobProto>(bytes("\x2a\x03"
                                         "abc")));
  CHECK_FAILS(Status::kParse, "truncated",
              from_wire<Datum>(bytes("\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")));
  CHECK_FAILS(Status::kParse, "nested more than 100",
              from_wire<Datum>(std::string(100000, '\x4b')));
  CHECK_FAILS(Status::kParse, "lacks the required field layer[0].clip_param.max",
              from_wire<NetParameter>(bytes("\xa2\x06\x08\xa2\x09\x05\x0d\0\0\0\0")));
}

TEST(wire_mapped_floats_are_views_and_copied_only_where_they_are_not_aligned) {
  const std::string path = std::filesystem::temp_directory_path() / str("caffe-wire-", ::getpid());
  int aligned = 0;
  for (size_t pad = 0; pad < 4; ++pad) {
    BlobProtoVector list;
    list.blobs.push_back(blob_of(1000));
    // An unknown field in front moves the floats by three bytes and then one more each time.
    const std::string prefix = bytes("\xc2\x3e") + static_cast<char>(pad) + std::string(pad, 'x');
    std::ofstream(path, std::ios::binary) << prefix << wire_bytes(list);
    BlobProtoVector back;
    read_binary_file(path, back);
    const FloatArray& data = back.blobs[0].data;
    CHECK_EQ(data.size(), 1000u);
    CHECK(data.is_view());
    aligned += data.is_aligned();
    CHECK_EQ(data[999], 999.0f);
    CHECK_EQ(data.is_view(), data.is_aligned());
    const BlobProto copy = back.blobs[0];
    CHECK_EQ(copy.data.data() == data.data(), data.is_view());
    back.blobs[0].data.own()[0] = 7;
    CHECK_EQ(back.blobs[0].data[0], 7.0f);
    CHECK_EQ(copy.data[0], 0.0f);
  }
  std::filesystem::remove(path);
  CHECK_EQ(aligned, 1);
}

TEST(wire_doubles_and_halves_become_floats) {
  auto blob = from_text<BlobProto>(
      "double_data: [1, 0.1] raw_diff_type: FLOAT16 "
      "raw_diff: '\\x00\\x3c\\x00\\xc0\\x01\\x00\\x00\\x7c'");
  use_floats(blob);
  CHECK_EQ(blob.data[1], 0.1f);
  CHECK_EQ(blob.diff[0], 1.0f);
  CHECK_EQ(blob.diff[1], -2.0f);
  CHECK_EQ(blob.diff[2], 0x1p-24f);
  CHECK_EQ(blob.diff[3], std::numeric_limits<float>::infinity());
  CHECK(blob.double_data.empty() && blob.raw_diff.empty() && !blob.has_raw_diff_type());
  auto odd = from_text<BlobProto>("raw_data_type: FLOAT raw_data: 'abc'");
  CHECK_FAILS(Status::kParse, "3 bytes, no multiple of 4", use_floats(odd));
}

TEST(wire_shapes_of_old_blobs) {
  CHECK(blob_shape(from_text<BlobProto>("num: 1 channels: 2 height: 3 width: 4")) ==
        (std::vector<int64_t>{1, 2, 3, 4}));
  CHECK(blob_shape(from_text<BlobProto>("channels: 2")) == (std::vector<int64_t>{0, 2, 0, 0}));
  CHECK(blob_shape(from_text<BlobProto>("shape { dim: 5 } num: 1")) == std::vector<int64_t>{5});
  CHECK(blob_shape(BlobProto()).empty());
}

// A message of more than 4 GB is measured and written without ever being in memory twice.
TEST(wire_sizes_are_64_bits) {
  const auto owner = std::make_shared<int>();
  static const float one = 1;
  BlobProtoVector list;
  list.blobs.resize(3);
  for (BlobProto& blob : list.blobs) blob.data = FloatArray(&one, int64_t{1} << 29, owner);
  CHECK_EQ(wire_size(list), 3 * ((int64_t{1} << 31) + 6 + 6));
}
