// The boxes of one image in each format, in parts of its sides.
#include "tool/annotation_files.hpp"

#include "schema/messages.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::tool {
namespace {

using test::Folder;

const std::map<std::string, int32_t> kLabels = {{"cat", 1}, {"dog", 2}, {"2", 2}};

std::vector<AnnotationGroup> read(const std::string& text, const char* format) {
  const Folder folder;
  return read_annotations(folder.file("boxes", text), annotation_format(format), kLabels, 10, 20);
}

void check_dog(const std::vector<AnnotationGroup>& groups, bool difficult) {
  CHECK_EQ(groups.size(), size_t{1});
  CHECK_EQ(groups[0].group_label, 2);
  CHECK_EQ(groups[0].annotation.size(), size_t{1});
  const NormalizedBBox& box = *groups[0].annotation[0].bbox;
  CHECK_NEAR(box.xmin, 0.1, 1e-6, 0);
  CHECK_NEAR(box.ymin, 0.2, 1e-6, 0);
  CHECK_NEAR(box.xmax, 0.5, 1e-6, 0);
  CHECK_NEAR(box.ymax, 0.9, 1e-6, 0);
  CHECK_EQ(box.difficult, difficult);
}

TEST(annotation_files_of_lines_have_labels_and_corners) {
  check_dog(read("2 2 2 10 9\n", "txt"), false);
  CHECK_FAILS(Status::kParse, "boxes:2", read("2 2 2 10 9\n2 2 x 10 9\n", "txt"));
}

TEST(annotation_files_of_xml_have_names_and_their_own_size) {
  const std::string object =
      "<object><name>dog</name><difficult>1</difficult><bndbox><xmin>20</xmin><ymin>20</ymin>"
      "<xmax>100</xmax><ymax>90</ymax></bndbox></object>";
  const std::string size = "<size><width>200</width><height>100</height></size>";
  check_dog(read("<annotation>" + size + object + "</annotation>", "xml"), true);
  const std::string cow = "<object><name>cow" + object.substr(object.find("</name>"));
  CHECK_FAILS(Status::kNotFound, "\"cow\"",
              read("<annotation>" + size + cow + "</annotation>", "xml"));
}

TEST(annotation_files_of_json_have_corners_and_sides) {
  const std::string image = "{\"image\": {\"height\": 100, \"width\": 200}, \"annotation\": [";
  check_dog(
      read(image + "{\"category_id\": 2, \"bbox\": [20, 20, 80, 70], \"iscrowd\": 0}]}", "json"),
      false);
  CHECK_FAILS(Status::kParse, "\"bbox\" is no list of four numbers",
              read(image + "{\"category_id\": 2, \"bbox\": [20], \"iscrowd\": 0}]}", "json"));
}

TEST(annotation_formats_are_three) {
  CHECK_FAILS(Status::kInvalidArgument, "-label_type is xml, json or txt, not \"csv\"",
              annotation_format("csv"));
}

}  // namespace
}  // namespace caffe::tool
