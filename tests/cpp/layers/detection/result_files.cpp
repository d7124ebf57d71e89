// The files of detections: each format, how images were resized, what is missing.
#include <filesystem>

#include "core/files.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/detection/detecting.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

// What save_output_param wants, in a folder of its own.
struct Results {
  explicit Results(const std::string& images) {
    labels = folder.file("labels", "item { name: 'none' label: 0 } item { name: 'dog' label: 1 }");
    names = folder.file("names", images);
  }
  std::string save(const std::string& fields) const {
    return "save_output_param { output_directory: '" + folder.file("out") +
           "' output_name_prefix: 'x_' label_map_file: '" + labels + "' name_size_file: '" + names +
           "' " + fields + " }";
  }
  std::string read(const std::string& name) const { return read_file(folder.file("out/" + name)); }

  Folder folder;
  std::string labels, names;
};

TEST(detection_output_writes_files_after_the_last_image) {
  const Results results("one 100 200\ntwo 10 10\n");
  for (const std::string format : {"VOC", "ILSVRC", "COCO"}) {
    LayerRun run = detecting(results.save("output_format: '" + format + "'") + " keep_top_k: 1",
                             {0.5f, 0, 0.25f});
    const std::string name = format == "VOC"    ? "x_dog.txt"
                             : format == "COCO" ? "x_.json"
                                                : "x_.txt";
    run.forward();
    CHECK_FAILS(Status::kIo, name, results.read(name));
    run.set_bottom(1, {5, 0, 5, 0, 5, 1});
    run.forward();
  }
  // The background has no file.
  CHECK_EQ(std::distance(std::filesystem::directory_iterator(results.folder.file("out")), {}), 3);
  CHECK_EQ(results.read("x_dog.txt"), "one 0.5 0 0 80 40\ntwo 1 5 5 9 9\n");
  CHECK_EQ(results.read("x_.txt"), "one 1 0.5 0 0 80 40\ntwo 1 1 5 5 9 9\n");
  CHECK_EQ(results.read("x_.json"),
           "[\n"
           "{\"image_id\": \"one\", \"category_id\": \"dog\", \"bbox\": [0, 0, 80, 40], "
           "\"score\": 0.5},\n"
           "{\"image_id\": \"two\", \"category_id\": \"dog\", \"bbox\": [5, 5, 4, 4], "
           "\"score\": 1}\n"
           "]\n");
}

TEST(detection_output_files_know_how_images_were_resized) {
  // An image twice as wide as high fills the middle half of a square.
  const Results results("7 100 200\n");
  const std::string resize =
      " resize_param { resize_mode: FIT_LARGE_SIZE_AND_PAD height: 300 width: 300 }";
  LayerRun run =
      detecting(results.save("output_format: 'COCO'" + resize) + " keep_top_k: 1", {0, 0, 1});
  run.forward();
  CHECK_EQ(results.read("x_.json"),
           "[\n{\"image_id\": 7, \"category_id\": \"dog\", \"bbox\": [100, 50, 80, 50], "
           "\"score\": 1}\n]\n");
}

TEST(detection_output_says_which_file_of_its_results_is_missing) {
  const Results results("one 100 200\n");
  const auto refused = [&](Status status, const std::string& part, const std::string& save) {
    CHECK_FAILS(status, part, detecting(save, {1, 1, 1}));
  };
  refused(Status::kInvalidArgument, "none of VOC, COCO and ILSVRC", results.save(""));
  refused(Status::kInvalidArgument, "num_test_image: 2",
          results.save("output_format: 'VOC' num_test_image: 2"));
  Results no_labels("one 100 200\n");
  no_labels.labels = "/nowhere/labels";
  refused(Status::kIo, "label_map_file: ", no_labels.save("output_format: 'VOC'"));
  Results no_names("one 100 200\n");
  no_names.names = "/nowhere/names";
  refused(Status::kIo, "name_size_file: ", no_names.save("output_format: 'VOC'"));
  const Results damaged("one 100\n");
  refused(Status::kParse, "names:1: \"one 100\"", damaged.save("output_format: 'VOC'"));
  Results unnamed("one 100 200\n");
  unnamed.labels = unnamed.folder.file("few", "item { name: 'none' label: 0 }");
  refused(Status::kNotFound, "no name for label 1", unnamed.save("output_format: 'VOC'"));
}

}  // namespace
}  // namespace caffe::test
