#include <filesystem>
#include <optional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "data/database.hpp"
#include "data/image_list.hpp"
#include "schema/wire.hpp"
#include "tool/class_folders.hpp"
#include "tool/data_tools.hpp"
#include "tool/image_records.hpp"
#include "tool/signals.hpp"
#include "tool/status_line.hpp"

namespace caffe::tool {

namespace fs = std::filesystem;

namespace {

constexpr const char* kName = "convert_imageset.cpp";

constexpr Flag kFlags[] = {
    {"folders", Flag::kSwitch, "false", "",
     "no list: a folder for each class, its label by alphabetical order (written to labels.txt "
     "beside the database); in random order unless -noshuffle"},
    {"val_percent", Flag::kNumber, "0", "number",
     "with -folders: so many of each class go to a second database, VAL_DB, instead"},
    {"gray", Flag::kSwitch, "false", "", "read the images as grey ones"},
    {"shuffle", Flag::kSwitch, "false", "", "in random order, which -seed decides"},
    {"seed", Flag::kNumber, "1", "number", "of the random order"},
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
    {"resize_width", Flag::kNumber, "0", "pixels", "the width images are made; 0: as they are"},
    {"resize_height", Flag::kNumber, "0", "pixels", "the height images are made"},
    {"check_size", Flag::kSwitch, "false", "", "fail unless all images have one size"},
    {"encoded", Flag::kSwitch, "false", "",
     "store files, not pixels: JPEG and PNG files that have the channels asked for as they are"},
    {"encode_type", Flag::kText, "", "type",
     "of the files that are stored: jpg or png; as they are when not given"},
    {"allow_damaged", Flag::kSwitch, "false", "",
     "take JPEG files that are cut off or damaged within their pixels as far as they go"},
};

struct Source {
  std::string path;
  std::string name;  // in the record's key
  int32_t label;
};

// Files that are left out: the first of each kind of error have a line each, the others are
// counted.
class LeftOut {
 public:
  void add(const Source& source, const Error& error) {
    int64_t& count = error.status() == Status::kIo ? missing_ : unreadable_;
    if (first_.empty()) first_ = error.what();
    if (++count > kMostLines) return;
    std::string_view reason = error.what();
    const std::string name = source.path + ": ";
    if (reason.starts_with(name)) reason.remove_prefix(name.size());
    DATA_TOOL_LOG(kError, kName, "Could not open or find file ", name, reason,
                  count == kMostLines ? " (more like it are counted only)" : "");
  }

  void report(int64_t of, const std::string& where) const {
    if (count() == of) {
      fail(Status::kIo, "none of the ", of, " images of ", where,
           " can be read; the first: ", first_);
    }
    if (count() == 0) return;
    DATA_TOOL_LOG(kWarning, kName, count(), " of ", of, " images are left out: ", missing_,
                  " cannot be opened, ", unreadable_, " are no images or damaged.");
  }

 private:
  static constexpr int64_t kMostLines = 10;

  int64_t count() const { return missing_ + unreadable_; }

  int64_t missing_ = 0, unreadable_ = 0;
  std::string first_;
};

class Converter {
 public:
  explicit Converter(const Flags& flags)
      : flags_(flags),
        height_(flags.number("resize_height")),
        width_(flags.number("resize_width")),
        backend_(backend_of(flags.text("backend"))) {
    if (height_ < 0 || width_ < 0 || (height_ == 0) != (width_ == 0)) {
      fail(Status::kInvalidArgument, "-resize_height is ", height_, " and -resize_width ", width_,
           ", expected both or none");
    }
    options_ = record_options(flags, kName);
    options_.allow_damaged = flags.on("allow_damaged");
  }

  // A database of the sources, all but committed. `where` they are from is for messages.
  std::unique_ptr<DatabaseWriter> convert(const std::vector<Source>& sources, bool shuffled,
                                          const std::string& where, const std::string& target) {
    const auto count = static_cast<int64_t>(sources.size());
    if (shuffled) DATA_TOOL_LOG(kInfo, kName, "Shuffling data");
    EpochOrder order(count, shuffled, static_cast<uint64_t>(flags_.number("seed")), 0);
    DATA_TOOL_LOG(kInfo, kName, "A total of ", count, " images.");
    auto writer = create_database(backend_, target);
    DATA_TOOL_LOG(kInfo, kName, "Opened ", flags_.text("backend"), " ", target);
    LeftOut left_out;
    for (int64_t i = 0; i < count; ++i) {
      check_interrupted();
      if (line_.visible() && line_.due())
        line_.show(str(target, ": ", i, " of ", count, " images"));
      const Source& source = sources[static_cast<size_t>(order.at(i))];
      ImageFile file;
      try {
        file = read_image_file(source.path, options_);
      } catch (const Error& error) {
        if (error.status() != Status::kIo && error.status() != Status::kParse) throw;
        left_out.add(source, error);
        continue;
      }
      with_context([&] { return source.path; },
                   [&] {
                     if (height_ != 0) resize_image(file, height_, width_);
                     check_size(static_cast<int64_t>(file.pixels.values.size()));
                     Datum datum;
                     set_image(datum, file, options_);
                     datum.set_label(source.label);
                     writer->put(numbered_key(i, 8) + "_" + source.name, wire_bytes(datum));
                   });
      if (writer->count() % 1000 == 0) log_processed(*writer);
    }
    left_out.report(count, where);
    if (writer->count() % 1000 != 0) log_processed(*writer);
    return writer;
  }

 private:
  static void log_processed(const DatabaseWriter& writer) {
    DATA_TOOL_LOG(kInfo, kName, "Processed ", writer.count(), " files.");
  }

  void check_size(int64_t values) {
    if (flags_.on("check_size") && values_ >= 0 && values != values_) {
      fail(Status::kShape, "Incorrect data field size ", values, ", expected ", values_);
    }
    values_ = values;
  }

  const Flags& flags_;
  const int height_, width_;  // 0: as they are
  RecordOptions options_;
  const std::string backend_;
  int64_t values_ = -1;  // of the image before
  StatusLine line_;
};

void convert_list(const Flags& flags) {
  if (flags.given("val_percent")) {
    fail(Status::kInvalidArgument, "-val_percent splits what -folders finds; a list is split by ",
         "writing two");
  }
  const std::vector<std::string>& words = flags.words();
  if (words.size() != 3) {
    fail(Status::kInvalidArgument, "expected ROOTFOLDER/ LISTFILE DB_NAME; without a list, from a ",
         "folder for each class, -folders makes a database");
  }
  Converter converter(flags);
  std::vector<Source> sources;
  for (ListedImage& line : read_image_list(words[1])) {
    const int32_t label = with_context([&] { return str(words[1], ":", line.line); },
                                       [&] { return class_label(line); });
    std::string path = image_path(words[0], line.path);
    sources.push_back({std::move(path), std::move(line.path), label});
  }
  converter.convert(sources, flags.on("shuffle"), words[1], words[2])->commit();
}

// The path without detours and without a slash behind it.
fs::path plain(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// The list of classes, a line for each label, beside the database.
class LabelsFile {
 public:
  LabelsFile(const std::string& database, const std::vector<std::string>& names) {
    path_ = (plain(database).parent_path() / "labels.txt").string();
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    std::error_code ignored;
    if (!fs::exists(path_, ignored)) {
      file_.emplace(path_);
      file_->write(text);
    } else if (read_file(path_) != text) {
      fail(Status::kIo, path_, " is there already and names other classes; put the database ",
           "into a folder of its own");
    }
  }

  void commit() {
    if (file_) file_->commit();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::optional<AtomicFile> file_;
};

void convert_folders(const Flags& flags) {
  const std::vector<std::string>& words = flags.words();
  const int percent = flags.number("val_percent");
  if (percent < 0 || percent > 99) {
    fail(Status::kInvalidArgument, "-val_percent is ", percent, ", expected 1 to 99");
  }
  if (words.size() != (percent == 0 ? 2u : 3u)) {
    fail(Status::kInvalidArgument, "expected -folders ROOTFOLDER DB_NAME, or -folders ",
         "-val_percent N ROOTFOLDER TRAIN_DB VAL_DB");
  }
  Converter converter(flags);
  const std::string& root = words[0];
  ClassFolders found = find_class_folders(root);
  DATA_TOOL_LOG(kInfo, kName, "Found ", found.images.size(), " images in ", found.names.size(),
                " class folders.");
  if (found.others > 0) {
    DATA_TOOL_LOG(kWarning, kName, found.others,
                  " files are left out: their names do not end as those of images do, or they are ",
                  "in no class's folder.");
  }
  std::vector<bool> with_images(found.names.size());
  for (const ClassImage& image : found.images) with_images[static_cast<size_t>(image.label)] = true;
  for (size_t label = 0; label < found.names.size(); ++label) {
    if (with_images[label]) continue;
    DATA_TOOL_LOG(kWarning, kName, "The class ", quoted(found.names[label]), ", label ", label,
                  ", has no images.");
  }

  const auto sources_of = [&](const std::vector<ClassImage>& images) {
    std::vector<Source> sources;
    for (const ClassImage& image : images) {
      sources.push_back({(fs::path(root) / image.path).string(), image.path, image.label});
    }
    return sources;
  };
  const auto seed = static_cast<uint64_t>(flags.number("seed"));
  const std::vector<ClassImage> validation = split_off(found.images, percent, seed);
  if (percent > 0 && validation.empty()) {
    fail(Status::kInvalidArgument, "-val_percent ", percent, " of each class of ", root,
         " is less than one image");
  }
  if (percent > 0 && plain(words[1]) == plain(words[2])) {
    fail(Status::kInvalidArgument, "the two databases have one name, ", quoted(words[1]));
  }

  const bool shuffled = !flags.given("shuffle") || flags.on("shuffle");
  LabelsFile labels(words[1], found.names);
  std::vector<NewDatabase> databases;
  databases.push_back(
      {converter.convert(sources_of(found.images), shuffled, root, words[1]), words[1]});
  if (percent > 0) {
    databases.push_back(
        {converter.convert(sources_of(validation), shuffled, root, words[2]), words[2]});
  }
  commit_all(databases, [&] { labels.commit(); });
  DATA_TOOL_LOG(kInfo, kName, "The classes' names are in ", labels.path(), ".");
}

int run(const Flags& flags) {
  flags.on("folders") ? convert_folders(flags) : convert_list(flags);
  return 0;
}

}  // namespace

const DataTool convert_imageset = {
    "convert_imageset",
    "Make a database of the images that a list names, as ImageData reads it, or of a folder for "
    "each class.",
    "ROOTFOLDER/ LISTFILE DB_NAME | -folders ROOTFOLDER DB_NAME [VAL_DB]",
    kFlags,
    2,
    3,
    run};

}  // namespace caffe::tool
