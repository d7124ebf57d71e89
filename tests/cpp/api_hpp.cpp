// caffe.hpp: what it owns, what it throws, what it hands on.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

#include "support/check.hpp"
#include "support/folder.hpp"

// Behind the inside's headers, which mean their own classes by the names both have.
#include "caffe.hpp"

namespace api = caffe::v2;

namespace {

const char* const kNet = R"(
name: "small"
layer { name: "data" type: "Input" top: "data" top: "target"
        input_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
        param { lr_mult: 1 } param { lr_mult: 2 }
        inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "target" top: "loss" }
)";

const char* const kSolver = R"(
net_param {
  layer { name: "x" type: "DummyData" top: "x" top: "y"
          dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 1 }
                             data_filler { type: "gaussian" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
          inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }
}
base_lr: 0.01 lr_policy: "fixed" max_iter: 10 solver_mode: CPU
test_iter: 1 test_interval: 100 test_initialization: false snapshot_prefix: ")";

struct Quiet {
  Quiet() { caffe_set_log_level(CAFFE_LOG_WARNING); }
  ~Quiet() { caffe_set_log_level(CAFFE_LOG_INFO); }
};

// Runs `body`, which has to throw a status and words.
template <class Body>
void check_throws(caffe_status status, const std::string& part, const Body& body) {
  try {
    body();
  } catch (const api::Error& error) {
    CHECK_EQ(error.status(), status);
    CHECK(std::string(error.what()).find(part) != std::string::npos);
    return;
  }
  CHECK(!"no exception where one is due");
}

}  // namespace

TEST(hpp_net_runs_and_tells_its_parts) {
  const Quiet quiet;
  const api::Net net = api::Net::from_text(kNet, api::Phase::kTrain, "seed: 1");
  CHECK_EQ(net.name(), "small");
  CHECK(net.phase() == api::Phase::kTrain);
  CHECK_EQ(net.layer_count(), 3);
  CHECK_EQ(net.layer(1).name(), "ip");
  CHECK_EQ(net.layer("ip").type(), "InnerProduct");
  CHECK(net.layer(1).phase() == api::Phase::kTrain);
  CHECK_EQ(net.layer(1).blob_count(), 2);
  CHECK((net.layer(1).blob(0).shape() == api::Shape{4, 3}));
  CHECK(net.layer(1).prototxt().find("num_output: 4") != std::string::npos);
  CHECK_EQ(net.layer_index("loss"), 2);
  CHECK((net.layer_bottoms(2) == std::vector<std::int64_t>{2, 1}));
  CHECK((net.layer_tops(0) == std::vector<std::int64_t>{0, 1}));
  CHECK_EQ(net.blob_count(), 4);
  CHECK_EQ(net.blob_name(2), "ip");
  CHECK_EQ(net.blob_index("ip"), 2);
  CHECK_EQ(net.blob_loss_weight(3), 1.f);
  CHECK_EQ(net.input_count(), 2);
  CHECK_EQ(net.input_index(1), 1);
  CHECK_EQ(net.output_count(), 1);
  CHECK_EQ(net.output_index(0), 3);
  CHECK_EQ(net.param_count(), 2);
  CHECK_EQ(net.param_multipliers(1).first, 2.f);
  CHECK(net.prototxt().find("name: \"small\"") == 0);

  for (float& value : net.input(0).mutable_data()) value = 1;
  const float loss = net.forward();
  CHECK(loss > 0);
  CHECK_EQ(net.output(0).data()[0], loss);
  net.backward();
  CHECK(net.param(1).diff()[0] != 0);
  net.clear_param_diffs();
  CHECK_EQ(net.param(1).diff()[0], 0.f);
  CHECK_EQ(net.forward(0, 1), 0.f);
  net.backward(2, 2);
  net.input(0).reshape({5, 3});
  net.input(1).reshape({5, 4});
  net.reshape();
  CHECK_EQ(net.blob("ip").dim(0), 5);
  net.set_device("cpu");
}

TEST(hpp_net_callbacks) {
  const Quiet quiet;
  api::Net net = api::Net::from_text(kNet, api::Phase::kTrain);
  std::vector<std::int64_t> before, after;
  int seen = 0;
  const void* first = net.add_callback([&](api::NetEvent, std::int64_t) { ++seen; });
  net.forward(0, 0);
  net.remove_callback(first);
  net.forward(0, 0);
  CHECK_EQ(seen, 2);
  check_throws(CAFFE_INVALID_ARGUMENT, "remove_callback", [&] { net.remove_callback(first); });
  net.add_callback([&](api::NetEvent event, std::int64_t layer) {
    if (event == api::NetEvent::kBeforeForward) before.push_back(layer);
    if (event == api::NetEvent::kAfterBackward) after.push_back(layer);
    if (after.size() == 3) throw std::runtime_error("three is enough");
  });
  const api::Net moved = std::move(net);
  moved.forward();
  check_throws(CAFFE_CALLBACK, "three is enough", [&] { moved.backward(); });
  CHECK((before == std::vector<std::int64_t>{0, 1, 2}));
  CHECK((after == std::vector<std::int64_t>{2, 1, 0}));
}

TEST(hpp_memory_data) {
  const Quiet quiet;
  const api::Net net = api::Net::from_text(R"(
    layer { name: "m" type: "MemoryData" top: "data" top: "label"
            memory_data_param { batch_size: 1 channels: 1 height: 1 width: 2 } })");
  const std::vector<float> data = {1, 2, 3, 4}, labels = {5, 6};
  const api::Span<const float> values(data.data(), 4), numbers(labels.data(), 2);
  net.set_input_arrays({2, 1, 1, 2}, values, numbers);
  net.forward();
  net.forward();
  CHECK_EQ(net.blob("data").data()[0], 3.f);
  CHECK_EQ(net.blob("label").data()[0], 6.f);
  check_throws(CAFFE_SHAPE, "4 values",
               [&] { net.set_input_arrays({1, 1, 1, 2}, values, numbers); });
  check_throws(CAFFE_SHAPE, "got 1 2 1 (2)",
               [&] { net.set_input_arrays({2, 1, 2, 1}, values, numbers); });
  check_throws(CAFFE_NOT_FOUND, "\"n\"",
               [&] { net.set_input_arrays({2, 1, 1, 2}, values, numbers, false, "n"); });
}

TEST(hpp_errors_are_exceptions) {
  const Quiet quiet;
  check_throws(CAFFE_IO, "no.prototxt", [] { api::Net net("no.prototxt"); });
  check_throws(CAFFE_PARSE, "1:1", [] { api::Net::from_text("nme: 1"); });
  check_throws(CAFFE_PARSE, "1:1", [] { api::Net::upgraded_text("nme: 1"); });
  CHECK(api::Net::upgraded_text("layers { name: 'a' type: RELU }").find("\"ReLU\"") !=
        std::string::npos);
  const api::Net net = api::Net::from_text(kNet);
  check_throws(CAFFE_NOT_FOUND, "\"ip\"?", [&] { net.blob("ipp"); });
  check_throws(CAFFE_IO, "no.caffemodel", [&] { net.load_weights("no.caffemodel"); });
  check_throws(CAFFE_UNSUPPORTED, "cuda", [&] { net.set_device("cuda"); });
  static_assert(std::is_base_of_v<std::runtime_error, api::Error>);
}

TEST(hpp_owners_move_and_do_not_copy) {
  static_assert(!std::is_copy_constructible_v<api::Net> && !std::is_copy_assignable_v<api::Net>);
  static_assert(!std::is_copy_constructible_v<api::Blob> &&
                !std::is_copy_constructible_v<api::Pin>);
  static_assert(std::is_nothrow_move_constructible_v<api::Net>);
  const Quiet quiet;
  api::Net one = api::Net::from_text(kNet);
  caffe_net* const handle = one.handle();
  api::Net two = std::move(one);
  CHECK_EQ(two.handle(), handle);
  CHECK(one.handle() == nullptr);
  check_throws(CAFFE_INVALID_ARGUMENT, "net is NULL", [&] { one.forward(); });
  two = api::Net::from_text(kNet);
  int64_t count;
  CHECK_EQ(caffe_net_layer_count(&count, handle), CAFFE_INVALID_ARGUMENT);
}

TEST(hpp_weights_are_shared_saved_and_loaded) {
  const Quiet quiet;
  const api::Net one = api::Net::from_text(kNet), two = api::Net::from_text(kNet);
  const api::Net clone = one.clone();
  one.param(0).mutable_data()[0] = 9;
  CHECK_EQ(clone.param(0).data()[0], 9.f);
  two.share_weights(one);
  CHECK_EQ(two.param(0).data()[0], 9.f);
  const std::string file = "api_hpp.caffemodel";
  one.save_weights(file);
  const api::Net three = api::Net::from_text(kNet);
  three.load_weights(file);
  CHECK_EQ(three.param(0).data()[0], 9.f);
  CHECK(three.layer_loaded(1));
  check_throws(CAFFE_PARSE, "this is empty, not weights", [&] { three.load_weights("", 0); });
  std::remove(file.c_str());
  const std::string onnx = "api_hpp.onnx";
  three.export_onnx(onnx, "dynamic_batch: true");
  CHECK_EQ(std::remove(onnx.c_str()), 0);
}

TEST(hpp_blobs_and_pins) {
  api::Blob blob({2, 3});
  CHECK_EQ(blob.count(), 6);
  CHECK_EQ(blob.dim(-1), 3);
  CHECK((blob.shape() == api::Shape{2, 3}));
  blob.mutable_diff()[5] = 3;
  CHECK_EQ(blob.diff()[5], 3.f);
  const api::Pin pin = blob.pin(api::Which::kDiff);
  CHECK_EQ(pin.values().size(), size_t{6});
  CHECK_EQ(pin.values()[5], 3.f);
  blob.mutable_data()[1] = 4;
  const std::string file = "api_hpp.binaryproto";
  blob.save(file);
  const api::Blob again = api::Blob::load(file);
  CHECK_EQ(again.data()[1], 4.f);
  CHECK_EQ(api::BlobView(again).count(), 6);
  CHECK((api::Blob(api::Shape{}).count() == 1));
  std::remove(file.c_str());
}

TEST(hpp_solver_trains_and_passes_exceptions_on) {
  const Quiet quiet;
  const std::string prefix = "api_hpp_solver";
  api::Solver solver = api::Solver::from_text(kSolver + prefix + "\"");
  CHECK_EQ(solver.type(), "SGD");
  CHECK_EQ(solver.max_iter(), 10);
  CHECK_EQ(solver.test_net_count(), 1);
  int steps = 0;
  const void* added = solver.add_callback([&](api::SolverEvent event) {
    if (event == api::SolverEvent::kAfterStep && ++steps == 3) throw std::runtime_error("enough");
  });
  check_throws(CAFFE_CALLBACK, "enough", [&] { solver.step(5); });
  CHECK_EQ(steps, 3);
  solver.step(2);
  CHECK_EQ(steps, 5);
  solver.remove_callback(added);
  solver.step(1);
  CHECK_EQ(steps, 5);
  CHECK(solver.loss() > 0);
  CHECK_NEAR(solver.learning_rate(), 0.01, 1e-6, 0);
  CHECK(solver.net().param(0).data()[0] == solver.test_net(0).param(0).data()[0]);
  CHECK(solver.test_scores().empty());
  solver.test();
  CHECK(solver.test_scores(0).size() == 1 && solver.test_scores()[0].second > 0);
  solver.apply_update();
  const int64_t iter = solver.iter();
  const std::string state = solver.snapshot();
  CHECK(state.find(prefix) != std::string::npos);
  api::Solver other = api::Solver::from_text(kSolver + prefix + "\"");
  other.restore(state);
  CHECK_EQ(other.iter(), iter);
  other = std::move(solver);
  other.request_stop();
  CHECK(other.prototxt().find("max_iter: 10") != std::string::npos);
  std::remove(state.c_str());
  std::remove((state.substr(0, state.rfind('.')) + ".caffemodel").c_str());
}

TEST(hpp_model_names_what_it_sees) {
  const Quiet quiet;
  const caffe::test::Folder folder;
  const std::string text =
      "layer { name: 'data' type: 'Input' top: 'data' "
      "input_param { shape { dim: 1 dim: 3 dim: 1 dim: 1 } } } "
      "layer { name: 'ip' type: 'InnerProduct' bottom: 'data' top: 'ip' "
      "inner_product_param { num_output: 3 bias_term: false } }";
  const api::Net net = api::Net::from_text(text);
  for (std::size_t i = 0; i < 9; ++i) net.param(0).mutable_data()[i] = i % 4 == 0 ? 1.f : 0.f;
  net.save_weights(folder.file("net.caffemodel"));
  folder.file("deploy.prototxt", text);
  folder.file("readme.md",
              "---\nname: Colors\ncaffemodel: net.caffemodel\ntask: retrieval\n"
              "inputs: [{name: data, order: BGR}]\nlabels: [blue, green]\n"
              "expected: {image: red.ppm, output: ip, values: [1, 20, 100]}\n---\n");
  const std::string red = folder.file("red.ppm", "P6 1 1 255\nd\x14\x01");
  api::Model model(folder.path.string(), "net { threads: 1 }");
  CHECK_EQ(model.name(), "Colors");
  CHECK_EQ(model.task(), "retrieval");
  CHECK_EQ(model.label_count(), 2);
  model.predict(red);
  const std::vector<api::Score> best = model.top(3);
  CHECK(best[0].index == 2 && best[0].value == 100 && best[0].label.empty());
  CHECK(best[1].index == 1 && best[1].value == 20 && best[1].label == model.label(1));
  model.check_example();
  const std::uint8_t bytes[] = {9, 8, 7};
  const float floats[] = {0.5f, 8, 7};
  model.set_batch(3);
  model.set_pixels(0, bytes, 1, 1, "RGB");
  model.set_pixels(1, floats, 1, 1, "BGR");
  model.set_image(2, red);
  model.net().forward();
  CHECK((model.input().shape() == api::Shape{3, 3, 1, 1}));
  CHECK(model.output().data()[0] == 7 && model.output("ip").data()[3] == 0.5f);
  CHECK_EQ(model.top(1, 2, "ip")[0].index, 2);
  check_throws(CAFFE_PARSE, "image", [&] { model.set_image(0, "none", 4); });
  check_throws(CAFFE_INVALID_ARGUMENT, "the -1 largest", [&] { model.top(-1); });
  api::Model other = std::move(model);
  CHECK_EQ(other.name(), "Colors");
  check_throws(CAFFE_IO, "nowhere", [] { api::Model("nowhere"); });
}
