#include "tool/mnist.hpp"

#include "core/log.hpp"
#include "data/database.hpp"
#include "schema/wire.hpp"
#include "tool/data_tools.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

int convert_mnist(const Flags& flags, const MnistLog& log,
                  const std::function<void(const Idx& images, const Idx& labels, int64_t n,
                                           Datum& datum)>& fill) {
  const std::string backend = backend_of(flags.text("backend"));
  const Idx images = Idx::images(flags.words()[0]), labels = Idx::labels(flags.words()[1]);
  check_counts(images, labels);
  const std::string& target = flags.words()[2];
  const auto writer = create_database(backend, target);
  DATA_TOOL_LOG(kInfo, log.file, log.opens, " ", flags.text("backend"), " ", target);
  DATA_TOOL_LOG(kInfo, log.file, "A total of ", images.dim(0), " items.");
  DATA_TOOL_LOG(kInfo, log.file, "Rows: ", images.dim(1), " Cols: ", images.dim(2));
  for (int64_t n = 0; n < images.dim(0); ++n) {
    check_interrupted();
    Datum datum;
    datum.set_height(static_cast<int32_t>(images.dim(1)));
    datum.set_width(static_cast<int32_t>(images.dim(2)));
    fill(images, labels, n, datum);
    writer->put(numbered_key(n, 8), wire_bytes(datum));
  }
  writer->commit();
  DATA_TOOL_LOG(kInfo, log.file, "Processed ", images.dim(0), " ", log.records, ".");
  return 0;
}

}  // namespace caffe::tool
