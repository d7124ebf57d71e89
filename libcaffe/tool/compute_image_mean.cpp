#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "data/database.hpp"
#include "data/datum.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "compute_image_mean.cpp";

constexpr Flag kFlags[] = {
    {"backend", Flag::kText, "lmdb", "name", "the kind of database: lmdb or leveldb"},
};

void add(const Image& image, std::vector<double>& sums) {
  const int64_t plane = image.height * image.width;
  size_t place = 0;
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      const int64_t from = image.interleaved ? i * image.channels + c : c * plane + i;
      sums[place++] += image.bytes != nullptr ? image.bytes[from] : image.floats[from];
    }
  }
}

int run(const Flags& flags) {
  const std::string& source = flags.words()[0];
  const auto cursor = open_database(backend_of(flags.text("backend")), source);
  Shape shape;
  std::vector<double> sums;
  DATA_TOOL_LOG(kInfo, kName, "Starting iteration");
  int64_t count = 0, damaged = 0;
  do {
    check_interrupted();
    with_context(
        [&] {
          return str(source, ": record ", count, " (key ", quoted(cursor->record().key), ")");
        },
        [&] {
          Pixels decoded;
          std::string damage;
          const Datum datum = read_datum(cursor->record().value);
          const Image image =
              datum_image(datum, TransformationParameter::defaults(), decoded, &damage);
          if (!damage.empty() && ++damaged == 1) {
            DATA_TOOL_LOG(kWarning, kName, "record ", count, " (key ", quoted(cursor->record().key),
                          "): ", damage,
                          " and is used as far as it goes; the others like it are counted");
          }
          if (count == 0) {
            shape = image.shape();
            sums.resize(static_cast<size_t>(shape.count()));
          }
          if (!(image.shape() == shape)) {
            fail(Status::kShape, "the image has shape ", image.shape(), ", the first one ", shape);
          }
          add(image, sums);
        });
    if (++count % 10000 == 0) DATA_TOOL_LOG(kInfo, kName, "Processed ", count, " files.");
    cursor->next();
  } while (cursor->index() != 0);
  if (count % 10000 != 0) DATA_TOOL_LOG(kInfo, kName, "Processed ", count, " files.");
  if (damaged > 0) {
    DATA_TOOL_LOG(kWarning, kName, damaged, " of ", count,
                  " images are cut off or damaged within their pixels.");
  }

  BlobProto mean;
  mean.set_num(1);
  mean.set_channels(static_cast<int32_t>(shape[0]));
  mean.set_height(static_cast<int32_t>(shape[1]));
  mean.set_width(static_cast<int32_t>(shape[2]));
  for (const double sum : sums) {
    mean.data.own().push_back(static_cast<float>(sum / static_cast<double>(count)));
  }
  if (flags.words().size() > 1) {
    DATA_TOOL_LOG(kInfo, kName, "Write to ", flags.words()[1]);
    AtomicFile file(flags.words()[1]);
    file.write(wire_bytes(mean));
    file.commit();
  }
  DATA_TOOL_LOG(kInfo, kName, "Number of channels: ", shape[0]);
  const auto plane = static_cast<size_t>(shape[1] * shape[2]);
  for (int64_t c = 0; c < shape[0]; ++c) {
    double sum = 0;
    for (size_t i = 0; i < plane; ++i) sum += sums[static_cast<size_t>(c) * plane + i];
    DATA_TOOL_LOG(kInfo, kName, "mean_value channel [", c,
                  "]: ", sum / static_cast<double>(count) / static_cast<double>(plane));
  }
  return 0;
}

}  // namespace

const DataTool compute_image_mean = {
    "compute_image_mean",
    "Write the mean of a database's images, as mean_file reads it.",
    "INPUT_DB [OUTPUT_FILE]",
    kFlags,
    1,
    2,
    run};

}  // namespace caffe::tool
