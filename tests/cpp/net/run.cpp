// net/run.cpp: passes, and the shapes they go by.
#include "net/net.hpp"

#include "cpp/net/small_nets.hpp"
#include "layers/base/roles.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/lmdb.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::made;

TEST(net_empty_runs) {
  Net net = made("name: 'nothing'");
  CHECK_EQ(net.forward(), 0.0f);
  net.backward();
  CHECK(net.output_ids().empty());
}

TEST(net_test_phase_allocates_no_diffs) {
  Net net = made(kInput + inner_product("a", "data"), TEST);
  net.forward();
  for (const auto& blob : net.blobs()) CHECK(blob->diff_storage()->empty());
}

TEST(net_errors_while_running_name_the_layer) {
  Net net = made(kInput + inner_product("a", "data"));
  net.blobs()[0]->reshape(Shape{2, 7});
  CHECK_FAILS(Status::kShape, "layer \"a\" (InnerProduct)", net.forward());
  CHECK_FAILS(Status::kShape, "layer \"a\" (InnerProduct)", net.forward());
  net.blobs()[0]->reshape(Shape{2, 4});
  net.forward();
  CHECK_EQ(net.blobs()[1]->shape(), (Shape{2, 4}));
}

TEST(net_backward_goes_by_shapes_the_layers_know) {
  Net net = made(kInput + inner_product("ip", "data") +
                 "layer { name: 'label' type: 'Input' top: 'label'"
                 "  input_param { shape { dim: 3 } } }"
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label' }");
  net.forward();
  net.backward();
  net.blobs()[net.blob_index("data")]->reshape(Shape{30, 4});
  CHECK_FAILS(Status::kState,
              "\"ip\" (InnerProduct): backward needs a forward, or a reshape of the net, before "
              "it: bottom \"data\" has got another shape, 3 4 (12) before, 30 4 (120) now",
              net.backward());
}

TEST(net_without_a_loss_says_that_it_has_no_gradients) {
  const std::string deployed = kInput + inner_product("ip", "data");
  const test::Log log;
  Net net = made(deployed);
  net.forward();
  CHECK_EQ(log.count("backward computes nothing"), 0);
  net.backward();
  net.backward();
  CHECK_EQ(log.count("backward computes nothing"), 1);
  CHECK_EQ(log.count("force_backward: true"), 1);
  Net forced = made("force_backward: true " + deployed);
  forced.forward();
  forced.backward();
  Net with_loss =
      made(deployed + "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'ip' }");
  with_loss.forward();
  with_loss.backward();
  CHECK_EQ(log.count("backward computes nothing"), 1);
}

TEST(net_failed_forward_leaves_nothing_to_go_back_by) {
  Net net = made(kInput + inner_product("ip", "data") +
                 "layer { name: 'label' type: 'Input' top: 'label'"
                 "  input_param { shape { dim: 3 } } }"
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label' }");
  net.forward();
  net.blobs()[net.blob_index("label")]->data().update()[1] = 4;
  CHECK_FAILS(Status::kInvalidArgument, "\"loss\" (SoftmaxWithLoss)", net.forward());
  CHECK_FAILS(Status::kInvalidArgument, "\"loss\" (SoftmaxWithLoss)", net.backward());
}

TEST(net_failed_forward_takes_nothing_from_the_data) {
  const test::Folder folder;
  const auto record = [](int i) { return test::datum_bytes(1, 1, 1, i, i); };
  const auto data = [&](const std::string& name, const std::string& third) {
    const std::string path = test::make_lmdb(
        folder, name, {{"0", record(0)}, {"1", record(1)}, {"2", third}, {"3", record(3)}});
    return "layer { name: '" + name + "' type: 'Data' top: '" + name + "' data_param { source: '" +
           path + "' batch_size: 1 backend: LMDB } }";
  };
  Net net = made(
      "layer { name: 'memory' type: 'MemoryData' top: 'memory' top: 'label'"
      "  memory_data_param { batch_size: 1 channels: 1 height: 1 width: 1 } }" +
      data("images", record(2)) + data("labels", "no datum"));
  const float values[] = {0, 1, 2, 3};
  dynamic_cast<ArraysRole&>(net.layer(0)).set_arrays(Shape{4, 1, 1, 1}, values, values, false);
  const auto value = [&](const char* name) {
    return net.blobs()[net.blob_index(name)]->data().read()[0];
  };
  for (const float i : {0.0f, 1.0f}) {
    net.forward();
    for (const char* name : {"memory", "images", "labels"}) CHECK_EQ(value(name), i);
  }
  for (int again = 0; again < 3; ++again) {
    CHECK_FAILS(Status::kParse, "\"labels\" (Data)", net.forward());
  }
  net.forward(0, 1);
  for (const char* name : {"memory", "images"}) CHECK_EQ(value(name), 2.0f);
}

TEST(net_gives_tops_back_the_shapes_they_must_have) {
  Net net = made(kInput + inner_product("a", "data") +
                 "layer { name: 'relu' type: 'ReLU' bottom: 'a' top: 'b' loss_weight: 1 }");
  net.forward();
  for (const char* name : {"a", "b"}) {
    Blob& blob = *net.blobs()[net.blob_index(name)];
    blob.reshape(Shape{50, 40, 30});
    CHECK_FAILS(Status::kState, "\"relu\" (ReLU): backward needs a forward", net.backward());
    net.forward();
    CHECK_EQ(blob.shape(), (Shape{3, 4}));
    net.backward();
  }
}

TEST(net_range_must_exist) {
  Net net = made(kInput + inner_product("a", "data"));
  CHECK_FAILS(Status::kNotFound, "last layer 2 does not exist: the net has 2 layers",
              net.forward(0, 2));
}

}  // namespace
}  // namespace caffe
