// Files with the boxes on one image, as SSD's convert_annoset takes them:
//   xml   Pascal VOC's and ImageNet's: annotation/size, annotation/object/name, difficult, bndbox
//   json  COCO's, cut up by image: {"image": {"height", "width"},
//         "annotation": [{"category_id", "bbox": [x, y, width, height], "iscrowd"}, ...]}
//   txt   lines `label xmin ymin xmax ymax`, in pixels
#pragma once

#include <map>
#include <string>

#include "schema/messages.hpp"

namespace caffe::tool {

enum class AnnotationFormat { kXml, kJson, kTxt };

// Fails on another word than xml, json and txt.
AnnotationFormat annotation_format(const std::string& word);

// The labels of the names in a LabelMap, a prototxt. A name that stands there twice means the last
// one's label, or with `strict` fails.
std::map<std::string, int32_t> read_label_map(const std::string& path, bool strict);

// The boxes of a file, in parts of the image's sides, group by group. The sides are what the file
// says they are, else `height` and `width`, the image's own. Warns of boxes that leave the image.
// Fails with kIo, kParse, or kNotFound when a name is not among `labels`.
std::vector<AnnotationGroup> read_annotations(const std::string& path, AnnotationFormat format,
                                              const std::map<std::string, int32_t>& labels,
                                              int64_t height, int64_t width);

}  // namespace caffe::tool
