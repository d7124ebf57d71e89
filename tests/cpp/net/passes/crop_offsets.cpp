// net/passes/crop_offsets.cpp
#include "net/passes/crop_offsets.hpp"

#include "net/passes/phases.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

// Those of the Crop layers, in order: "5,5 9,9".
std::string offsets(NetParameter param, const std::string& dialect) {
  write_crop_offsets(param, dialect, "");
  std::string all;
  for (const LayerParameter& layer : param.layer) {
    if (layer.type != "Crop") continue;
    all += all.empty() ? "" : " ";
    for (size_t i = 0; i < layer.crop_param->offset.size(); ++i) {
      all += str(i == 0 ? "" : ",", layer.crop_param->offset[i]);
    }
  }
  return all;
}

std::string offsets(const std::string& layers, const std::string& dialect = "fcn") {
  return offsets(read_net_text("layer { name: 'data' type: 'Input' top: 'data' } " + layers),
                 dialect);
}

std::string layer(const std::string& type, const std::string& bottom, const std::string& top,
                  const std::string& fields) {
  return "layer { name: '" + top + "' type: '" + type + "' bottom: '" + bottom + "' top: '" + top +
         "' " + fields + " } ";
}

std::string conv(const std::string& bottom, const std::string& top, const std::string& fields) {
  return layer("Convolution", bottom, top, "convolution_param { " + fields + " }");
}

std::string crop(const std::string& bottom, const std::string& like = "data",
                 const std::string& fields = "") {
  return layer("Crop", bottom, "cropped", "bottom: '" + like + "' " + fields);
}

TEST(crop_offsets_follow_windows) {
  CHECK_EQ(offsets(conv("data", "a", "kernel_size: 3 pad: 5") + crop("a")), "4,4");
  CHECK_EQ(offsets(conv("data", "a", "kernel_size: 3 pad: 5 hole: 2") + crop("a")), "3,3");
  // The middles of windows of 2 at every second place lie between two places.
  const std::string up =
      conv("data", "a", "kernel_h: 5 kernel_w: 3 pad_h: 4 pad_w: 5") +
      layer("Pooling", "a", "b", "pooling_param { kernel_size: 2 stride: 2 }") +
      layer("ReLU", "b", "b", "") +
      layer("Deconvolution", "b", "c", "convolution_param { kernel_size: 4 stride: 2 }");
  CHECK_EQ(offsets(up + crop("c")), "3,5");
  // The nearest common blob decides.
  CHECK_EQ(offsets(up + crop("c", "a")), "1,1");
  CHECK_EQ(offsets(up + crop("c", "c")), "0,0");
}

TEST(crop_offsets_of_maps_that_are_not_known_do_not_matter_behind_the_common_blob) {
  const std::string net = layer("Flatten", "data", "f", "") + conv("f", "a", "kernel_size: 1");
  CHECK_EQ(offsets(net + crop("a", "f")), "0,0");
  CHECK_FAILS(Status::kUnsupported, "layer \"f\" (Flatten): it does not map rows and columns",
              offsets(net + crop("a", "data")));
}

TEST(crop_offsets_are_written_where_they_are_meant) {
  const std::string net = conv("data", "a", "kernel_size: 1 pad: 2");
  for (const char* dialect : {"hed", "fcn", "ccnn"}) {
    CHECK_EQ(offsets(net + crop("a"), dialect), "2,2");
  }
  for (const char* dialect : {"", "segnet"}) {
    CHECK_EQ(offsets(net + crop("a"), dialect), "");
    CHECK_EQ(offsets(net + crop("a", "data", "crop_param { offset_from_graph: true }"), dialect),
             "2,2");
  }
  CHECK_EQ(offsets(net + crop("a", "data", "crop_param { offset: 1 }")), "1");
  CHECK_EQ(offsets(net + crop("a", "data", "crop_param { }")), "");
  CHECK_EQ(
      offsets(read_net_text("input: 'data' layers { type: CONVOLUTION name: 'a' bottom: 'data' "
                            "top: 'a' convolution_param { kernel_size: 1 pad: 2 } } layers { "
                            "type: CROP name: 'c' bottom: 'a' bottom: 'data' top: 'c' }"),
              ""),
      "2,2");
}

void rejected(const std::string& layers, const std::string& message) {
  CHECK_FAILS(Status::kInvalidArgument, message, offsets(layers));
}

TEST(crop_offsets_reject_nets_that_do_not_line_up) {
  rejected(conv("data", "a", "kernel_size: 2") + crop("a"), "begins at row -0.5 of the first");
  rejected(conv("data", "a", "kernel_size: 3") + crop("a"), "begins at row -1 of the first");
  rejected(conv("data", "a", "kernel_size: 1 stride: 2") + crop("a"), "a crop does not resize");
  rejected(conv("data", "a", "pad: 1") + crop("a"), "kernel_size is given 0 times");
  rejected(layer("Pooling", "data", "a", "pooling_param { global_pooling: true }") + crop("a"),
           "its kernel is as large as its bottom");
  rejected("layer { name: 'i' type: 'Input' top: 'i' } " + conv("data", "a", "kernel_size: 1") +
               crop("a", "i"),
           "bottoms \"a\" and \"i\" do not come from one blob");
  rejected(crop("data", "data", "crop_param { offset_from_graph: true offset: 3 }"),
           "goes with no axis and no offset");
}

TEST(crop_offsets_do_not_go_in_circles) {
  const std::string circle = layer("ReLU", "b", "a", "") + layer("ReLU", "a", "b", "");
  rejected(circle + layer("ReLU", "x", "y", "") + crop("a", "y"), "do not come from one blob");
  rejected(circle + layer("ReLU", "x", "y", "") + crop("y", "a"), "do not come from one blob");
}

std::string of_file(const std::string& path, const std::string& dialect = "") {
  return offsets(filter_net(read_net(test::shared_file("zoo/models/" + path), true)), dialect);
}

TEST(crop_offsets_of_published_nets) {
  CHECK_EQ(of_file("hed/deploy.prototxt", "hed"), "34,34 35,35 36,36 38,38 42,42");
  CHECK_EQ(of_file("crfasrnn/TVG_CRFRNN_COCO_VOC.prototxt"), "5,5 9,9 31,31");
  // Those of today's voc-fcn8s, where they are written down.
  CHECK_EQ(of_file("fcn/netscope_fcn8s_pascal/deploy.prototxt", "fcn"), "5,5 9,9 31,31");
  CHECK_EQ(of_file("parsenet/VGG_VOC2012ext.prototxt", "fcn"), "0,0");
}

int64_t warnings(const std::string& layers, const std::string& dialect = "") {
  const test::Log log;
  offsets(layers, dialect);
  return log.count("which means two things");
}

TEST(crop_without_a_meaning_of_its_own_is_warned_of) {
  const std::string padded = conv("data", "a", "kernel_size: 3 pad: 5");
  const test::Log log;
  CHECK_EQ(offsets(padded + crop("a"), ""), "");
  CHECK_EQ(log.count("layer \"cropped\" (Crop): has no crop_param"), 1);
  CHECK_EQ(log.count("\"data\" lies in \"a\", at row 4, column 4"), 1);
  CHECK_EQ(log.count("dialect to \"fcn\""), 1);
}

TEST(crop_with_one_meaning_is_not_warned_of) {
  const std::string padded = conv("data", "a", "kernel_size: 3 pad: 5");
  CHECK_EQ(warnings(padded + crop("a")), 1);
  CHECK_EQ(warnings(padded + crop("a"), "fcn"), 0);
  CHECK_EQ(warnings(padded + crop("a", "data", "crop_param { offset: 0 }")), 0);
  CHECK_EQ(warnings(padded + crop("a", "data", "crop_param { offset_from_graph: true }")), 0);
  CHECK_EQ(warnings(conv("data", "a", "kernel_size: 3 pad: 1") + crop("a")), 0);
  CHECK_EQ(warnings(conv("data", "a", "kernel_size: 3 stride: 2 pad: 5") + crop("a")), 0);
  CHECK_EQ(warnings(layer("Flatten", "data", "a", "") + crop("a")), 0);
}

}  // namespace
}  // namespace caffe
