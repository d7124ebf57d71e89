// Loading weights: mapped files and fillers that nobody waits for.
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/files.hpp"
#include "data/hdf5.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

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
  setup.options.set_seed(seed);
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

// A net of inner products of these names.
Net named(const std::vector<std::string>& names, uint64_t seed = 1) {
  std::string text =
      "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 3 } } }";
  for (const std::string& name : names) {
    text += "layer { name: '" + name + "' type: 'InnerProduct' bottom: 'x' top: '" + name +
            "' inner_product_param { num_output: 2 weight_filler { type: 'xavier' } } }";
  }
  NetSetup setup;
  setup.state.set_phase(TEST);
  setup.options.set_seed(seed);
  return Net(read_net_text(text), setup);
}

bool loaded(const Net& net, const std::string& layer) {
  return net.loaded(net.layer_index(layer));
}

TEST(weights_that_leave_layers_as_they_were_name_them) {
  const Folder folder;
  for (const char* file : {"w.caffemodel", "w.h5"}) {
    const std::string path = folder.file(file);
    named({"a", "b"}).save_weights(path, false);
    Net net = named({"a", "new", "newer"}, 2);
    CHECK(loaded(net, "x") && !loaded(net, "a"));
    const auto before = values(net, 2);
    test::Log log;
    net.load_weights(path);
    CHECK_EQ(log.count(str(file,
                           ": holds nothing for \"new\", \"newer\": these layers keep their "
                           "parameters as they were")),
             1);
    CHECK(loaded(net, "x") && loaded(net, "a") && !loaded(net, "new") && !loaded(net, "newer"));
    CHECK(values(net, 2) == before);
    log.text.clear();
    named({"b"}, 2).load_weights(path);
    CHECK_EQ(log.count("holds nothing for"), 0);
  }
}

TEST(weights_in_several_files_are_one_load) {
  const Folder folder;
  named({"a"}).save_weights(folder.file("a.caffemodel"), false);
  named({"b"}).save_weights(folder.file("b.h5"), false);
  Net net = named({"a", "b"}, 2);
  const test::Log log;
  net.load_weight_files({folder.file("a.caffemodel"), folder.file("b.h5")});
  CHECK(loaded(net, "a") && loaded(net, "b"));
  CHECK_EQ(log.count("holds nothing for"), 0);
  net.load_weights(folder.file("b.h5"));
  CHECK(!loaded(net, "a") && loaded(net, "b"));
  CHECK_FAILS(Status::kIo, "none", net.load_weights(folder.file("none")));
  CHECK(!loaded(net, "a") && loaded(net, "b"));
}

TEST(weights_with_nothing_for_the_net_are_an_error) {
  const Folder folder;
  for (const char* file : {"w.caffemodel", "w.h5"}) {
    const std::string path = folder.file(file);
    named({"a", "b"}).save_weights(path, false);
    CHECK_FAILS(Status::kNotFound,
                "there is nothing in it for this net: it holds weights for \"a\", "
                "\"b\"",
                named({"c"}).load_weights(path));
    named({}).load_weights(path);  // a net without parameters wants none
    named({}).save_weights(path, false);
    CHECK_FAILS(Status::kNotFound, "w.", named({"c"}).load_weights(path));
  }
}

TEST(weights_are_known_by_their_bytes) {
  const Folder folder;
  named({"a"}).save_weights(folder.file("w.h5"), false);
  named({"a"}).save_weights(folder.file("w.caffemodel"), false);
  std::filesystem::rename(folder.file("w.h5"), folder.file("w"));
  std::filesystem::rename(folder.file("w.caffemodel"), folder.file("w.h5"));
  const auto expected = all_values(named({"a"}));
  for (const char* name : {"w", "w.h5"}) {
    Net net = named({"a"}, 2);
    net.load_weights(folder.file(name));
    CHECK(all_values(net) == expected);
  }
}

TEST(weights_that_are_none_are_called_by_their_name) {
  const Folder folder;
  SolverState state;
  state.set_iter(3);
  state.set_learned_net("w.caffemodel");
  state.history.emplace_back().data.own().assign(9, 1.0f);
  BlobProto mean;
  mean.set_num(1);
  mean.set_channels(3);
  mean.set_height(2);
  mean.set_width(2);
  mean.data.own().assign(12, 1.0f);
  write_binary_file(folder.file("state"), state);
  write_binary_file(folder.file("mean"), mean);
  Hdf5File data = Hdf5File::create(folder.file("data"));
  data.write_floats("data", {2}, std::vector<float>(2).data());
  data.write_floats("label", {2}, std::vector<float>(2).data());
  data.commit();
  Hdf5File states = Hdf5File::create(folder.file("states"));
  states.write_int("iter", 3);
  states.create_group("history");
  states.commit();
  AtomicFile empty(folder.file("empty"));
  empty.commit();
  for (const std::string& each : std::vector<std::string>{
           "state: this is a solver state, not weights",
           "mean: this is a single blob (a mean, for instance), not weights",
           "data: this is an HDF5 file of \"data\", \"label\", not weights",
           "states: this is a solver state, not weights", "empty: this is empty, not weights",
           ": this is a folder, not weights"}) {
    const std::string name = each.substr(0, each.find(':'));
    CHECK_FAILS(Status::kParse, each, named({"a"}).load_weights(folder.file(name)));
  }
}

TEST(weights_in_hdf5_that_lack_some_or_have_more_are_an_error) {
  const Folder folder;
  const std::string path = folder.file("w.h5");
  const std::vector<float> six(6);
  const auto write = [&](const std::vector<std::string>& numbers) {
    Hdf5File file = Hdf5File::create(path);
    file.create_group("data/a");
    for (const std::string& each : numbers) {
      file.write_floats("data/a/" + each, each == "0" ? Shape({2, 3}) : Shape({2}), six.data());
    }
    file.commit();
  };
  write({"0"});
  CHECK_FAILS(Status::kShape, "layer \"a\" (InnerProduct): has 2 parameter blob(s)",
              named({"a"}).load_weights(path));
  write({});
  CHECK_FAILS(Status::kShape, "lacks number 0", named({"a"}).load_weights(path));
  write({"0", "1", "2"});
  CHECK_FAILS(Status::kShape, "holds 3", named({"a"}).load_weights(path));
  write({"0", "1"});
  named({"a"}).load_weights(path);
}

// What a fork's program wrote for a BatchNorm, loaded into a net with one of `fields`.
std::vector<std::vector<float>> batch_norm(const std::string& fields,
                                           const std::vector<std::vector<float>>& blobs,
                                           const std::vector<int64_t>& shape = {}) {
  const Folder folder;
  NetParameter file;
  LayerParameter& stored = file.layer.emplace_back();
  stored.set_name("norm");
  stored.set_type("BatchNorm");
  for (const std::vector<float>& each : blobs) {
    BlobProto& blob = stored.blobs.emplace_back();
    blob.data.assign(each.data(), static_cast<int64_t>(each.size()));
    blob.shape.mut().dim = {static_cast<int64_t>(each.size())};
    if (!shape.empty() && each.size() > 1) blob.shape.mut().dim = shape;
  }
  write_binary_file(folder.file("w.caffemodel"), file);
  NetParameter param;
  parse_text(
      "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: 2 } } }"
      "layer { name: 'norm' type: 'BatchNorm' bottom: 'data' top: 'norm' batch_norm_param { " +
          fields + " } }",
      param);
  NetSetup setup;
  setup.state.set_phase(TEST);
  Net net(param, setup);
  net.load_weights(folder.file("w.caffemodel"));
  std::vector<std::vector<float>> all;
  for (const auto& blob : net.layer(net.layer_index("norm")).blobs()) {
    all.emplace_back(blob->data().read(), blob->data().read() + blob->count());
  }
  return all;
}

TEST(weights_of_a_batch_norm_in_the_forks_orders) {
  using Blobs = std::vector<std::vector<float>>;
  const Blobs ours = {{1, 2}, {3, 4}, {5}, {6, 7}, {8, 9}};
  const std::string scaled = "scale_bias: true";
  CHECK(batch_norm(scaled, ours) == ours);
  // The older order: scale, bias, mean, variance, number.
  CHECK(batch_norm(scaled, {{6, 7}, {8, 9}, {1, 2}, {3, 4}, {5}}) == ours);
  const Blobs averages = batch_norm(scaled, {{6, 7}, {8, 9}, {1, 2}, {3, 4}, {0}});
  CHECK(averages[0] == ours[0] && averages[2] == std::vector<float>{1});
  // Shapes of four axes, and of one.
  CHECK(batch_norm(scaled, ours, {1, 2, 1, 1}) == ours);
  CHECK(batch_norm("", {{1, 2}, {3, 4}}) == Blobs({{1, 2}, {3, 4}, {1}}));
  CHECK(batch_norm("use_weight_bias: true bias_term: false", {{1, 2}, {3, 4}, {5}, {6, 7}}) ==
        Blobs({{1, 2}, {3, 4}, {5}, {6, 7}}));
  CHECK_FAILS(Status::kShape, "holds 5; theirs have a scale and a bias", batch_norm("", ours));
  CHECK_FAILS(Status::kShape, "use_weight_bias: true bias_term: false",
              batch_norm("", {{1, 2}, {3, 4}, {5}, {6, 7}}));
  CHECK_FAILS(Status::kShape, "holds 3; theirs have no scale",
              batch_norm(scaled, {{1, 2}, {3, 4}, {5}}));
  CHECK_FAILS(Status::kShape, "parameter 0 has shape 2 (2)",
              batch_norm("", {{1, 2, 3}, {3, 4, 5}, {5}}));
}

TEST(weights_of_as_many_values_where_the_layer_is_not_strict) {
  const Folder folder;
  const auto inner_product = [](const std::string& fields, int inputs, int outputs) {
    NetParameter param;
    parse_text(
        str("layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: ",
            inputs, " } } } layer { name: 'ip' type: 'InnerProduct' bottom: 'data' top: 'ip' ",
            fields, " inner_product_param { bias_term: false num_output: ", outputs,
            " weight_filler { type: 'xavier' } } }"),
        param);
    NetSetup setup;
    setup.state.set_phase(TEST);
    return Net(param, setup);
  };
  const Net original = inner_product("", 6, 2);
  for (const char* name : {"w.caffemodel", "w.h5"}) {
    const std::string path = folder.file(name);
    original.save_weights(path, false);
    Net lax = inner_product("strict_dim: false", 3, 4);
    lax.load_weights(path);
    CHECK(values(lax, 0) == values(original, 0));
    Net strict = inner_product("", 3, 4), other = inner_product("strict_dim: false", 3, 5);
    CHECK_FAILS(Status::kShape, "parameter 0 has shape 4 3", strict.load_weights(path));
    CHECK_FAILS(Status::kShape, "parameter 0 has shape 5 3", other.load_weights(path));
  }
}

}  // namespace
}  // namespace caffe
