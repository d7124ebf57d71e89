// Images in a folder for each class: which are found, and which are split off.
#include "tool/class_folders.hpp"

#include <algorithm>
#include <filesystem>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::tool {
namespace {

using test::Folder;

void put(const Folder& folder, const std::string& path) {
  std::filesystem::create_directories((folder.path / path).parent_path());
  folder.file(path, "");
}

TEST(class_folders_are_classes_in_the_order_of_their_names) {
  const Folder folder;
  for (const char* path : {"dog/b.JPG", "dog/more/a.png", "cat/1.webp", "cat/notes.txt",
                           ".hidden/1.png", "cat/.1.png", "readme"}) {
    put(folder, path);
  }
  std::filesystem::create_directory_symlink("..", folder.path / "dog/round");
  const ClassFolders found = find_class_folders(folder.path.string());
  CHECK(found.names == std::vector<std::string>({"cat", "dog"}));
  CHECK_EQ(found.others, int64_t{2});
  CHECK(found.images[0].path == "cat/1.webp" && found.images[0].label == 0);
  CHECK(found.images[1].path == "dog/b.JPG" && found.images[1].label == 1);
  CHECK_EQ(found.images[2].path, "dog/more/a.png");
}

TEST(class_folders_without_classes_or_images_are_refused) {
  const Folder folder;
  const std::string root = folder.path.string();
  CHECK_FAILS(Status::kInvalidArgument, "has no folders", find_class_folders(root));
  put(folder, "cat/notes.txt");
  CHECK_FAILS(Status::kInvalidArgument, "there are no images in its 1 folders",
              find_class_folders(root));
  CHECK_FAILS(Status::kIo, "cannot look into", find_class_folders(root + "/none"));
}

TEST(class_folders_split_off_a_share_of_each_class) {
  std::vector<ClassImage> all;
  for (int32_t label : {0, 1}) {
    for (int i = 0; i < (label == 0 ? 10 : 1); ++i) all.push_back({str(label, "/", i), label});
  }
  std::vector<ClassImage> rest = all;
  const std::vector<ClassImage> out = split_off(rest, 25, 7);
  CHECK_EQ(out.size(), size_t{3});  // 2.5 of ten, rounded; of one none
  CHECK_EQ(rest.size(), size_t{8});
  CHECK_EQ(rest.back().label, 1);
  std::vector<ClassImage> again = all;
  const std::vector<ClassImage> same = split_off(again, 25, 7);
  CHECK(std::ranges::equal(out, same, {}, &ClassImage::path, &ClassImage::path));
}

}  // namespace
}  // namespace caffe::tool
