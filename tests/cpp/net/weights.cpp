// Loading weights: mapped files and fillers that nobody waits for.
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/files.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

Net made(uint64_t seed) {
  NetParameter param;
  parse_text(
      "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 3 dim: 70 } } }"
      "layer { name: 'one' type: 'InnerProduct' bottom: 'data' top: 'one' "
      "inner_product_param { num_output: 80 weight_filler { type: 'xavier' } } }"
      "layer { name: 'two' type: 'InnerProduct' bottom: 'one' top: 'two' "
      "inner_product_param { num_output: 90 weight_filler { type: 'gaussian' } } }",
      param);
  NetSetup setup;
  setup.state.set_phase(TEST);
  setup.seed = seed;
  return Net(param, setup);
}

std::vector<float> values(const Net& net, size_t learnable) {
  const Blob& blob = *net.learnable()[learnable].blob;
  return {blob.data().read(), blob.data().read() + blob.count()};
}

std::vector<std::vector<float>> all_values(const Net& net) {
  std::vector<std::vector<float>> all;
  for (size_t i = 0; i < net.learnable().size(); ++i) all.push_back(values(net, i));
  return all;
}

class Folder {
 public:
  Folder() { std::filesystem::create_directories(path_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / str("caffe-weights-", ::getpid());
};

TEST(weights_are_filled_alike_in_any_order) {
  const Net forward = made(7), backward = made(7);
  std::vector<std::vector<float>> there, back(4);
  for (size_t i = 0; i < 4; ++i) there.push_back(values(forward, i));
  for (size_t i = 4; i-- > 0;) back[i] = values(backward, i);
  CHECK(there == back);
  CHECK(there[0] != there[2]);
}

TEST(weights_of_a_clone_are_the_original_s_whoever_reads_first) {
  const Net net = made(7);
  const auto clone = net.clone();
  CHECK(all_values(*clone) == all_values(made(7)));
  CHECK_EQ(clone->learnable()[0].blob->data().read(), net.learnable()[0].blob->data().read());
}

// Wherever the floats lie in the file, by a name of every length.
TEST(weights_of_a_mapped_file_are_taken_at_every_byte) {
  const Folder folder;
  const Net original = made(1);
  const auto expected = all_values(original);
  for (size_t length = 1; length <= 4; ++length) {
    const std::string path = folder.file("w.caffemodel");
    NetParameter proto = original.to_proto(false);
    proto.set_name(std::string(length, 'n'));
    write_binary_file(path, proto);
    Net net = made(2);
    net.load_weights(path);
    const auto clone = net.clone();
    std::filesystem::remove(path);  // what is mapped stays
    CHECK(all_values(*clone) == expected);
    CHECK(all_values(net) == expected);
  }
}

TEST(weights_that_change_do_not_change_their_file) {
  const Folder folder;
  const std::string path = folder.file("w.caffemodel");
  made(1).save_weights(path, false);
  const std::string before = read_file(path);
  Net net = made(2), other = made(3);
  net.load_weights(path);
  other.load_weights(path);
  const auto expected = all_values(other);
  for (const Net::Learnable& each : net.learnable()) {
    float* own = each.blob->data().update();
    for (int64_t i = 0; i < each.blob->count(); ++i) own[i] += 1;
  }
  CHECK(read_file(path) == before);
  CHECK(all_values(other) == expected);
  CHECK_EQ(values(net, 0)[5], expected[0][5] + 1);
  net.load_weights(path);
  CHECK(all_values(net) == expected);
}

TEST(weights_loaded_reach_holders_of_pins) {
  const Folder folder;
  const std::string path = folder.file("w.caffemodel");
  made(1).save_weights(path, false);
  const auto expected = all_values(made(1));
  Net net = made(2);
  std::vector<std::shared_ptr<float>> held;
  for (const Net::Learnable& each : net.learnable()) {
    held.push_back(each.blob->data_storage()->pin(each.blob->shape()));
  }
  net.load_weights(path);
  for (size_t i = 0; i < held.size(); ++i) {
    CHECK_EQ(held[i].get()[3], expected[i][3]);
    net.learnable()[i].blob->data_storage()->unpin();
  }
}

}  // namespace
}  // namespace caffe
