// A program with a protobuf library and a caffe.proto of its own beside libcaffe: both read and
// write their messages, and what one throws or reports is not seen by the other.
#include <caffe.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/text_format.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

#include "caffe.pb.h"

namespace {

[[noreturn]] void stop(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

void check(caffe_status status) {
  if (status != CAFFE_OK) stop(caffe_last_error());
}

// The program's own messages: a field that Caffe's do not have, and one that both have.
std::string own_messages() {
  caffe::NetParameter net;
  net.set_name("mine");
  net.set_revision(7);
  net.add_layer()->set_comment("nothing of Caffe's");
  caffe::NetParameter again;
  if (!again.ParseFromString(net.SerializeAsString())) stop("the program's message is not its own");
  std::string text;
  google::protobuf::TextFormat::PrintToString(again, &text);
  return text;
}

// Throws inside of the library's pass, and catches what it has thrown before it returns.
caffe_status throw_and_catch(caffe_net*, int, int64_t, void* user) {
  try {
    throw std::runtime_error("the program's");
  } catch (const std::exception& error) {
    *static_cast<std::string*>(user) += error.what();
  }
  return CAFFE_OK;
}

}  // namespace

int main() {
  GOOGLE_PROTOBUF_VERIFY_VERSION;
  const std::string before = own_messages();
  caffe_net* net = nullptr;
  char* text = nullptr;
  check(caffe_net_create_from_text(
      &net,
      "name: 'theirs' layer { name: 'data' type: 'Input' top: 'data'"
      "  input_param { shape { dim: 1 dim: 3 } } }"
      "layer { name: 'ip' type: 'InnerProduct' bottom: 'data' top: 'ip'"
      "  inner_product_param { num_output: 2 weight_filler { type: 'xavier' } } }",
      CAFFE_TEST, nullptr));
  std::string seen;
  check(caffe_net_add_callback(net, throw_and_catch, &seen));
  check(caffe_net_forward(nullptr, net));
  check(caffe_net_save_weights(net, "theirs.caffemodel", 0));
  check(caffe_net_load_weights(net, "theirs.caffemodel"));
  check(caffe_net_prototxt(&text, net));
  std::printf("%d callbacks\n", static_cast<int>(seen.size() / std::strlen("the program's")));
  std::printf("theirs: %d\n", std::strstr(text, "name: \"theirs\"") != nullptr);
  caffe_free(text);

  // An error of the library is a status, whatever is on the stack here.
  try {
    const caffe_status status =
        caffe_net_create_from_text(&net, "revision: 7", CAFFE_TEST, nullptr);
    std::printf("%s: %s\n", caffe_status_name(status), caffe_last_error());
  } catch (...) {
    stop("an exception came out of the library");
  }
  caffe_net_destroy(net);
  std::printf("mine: %d\n", own_messages() == before);
  google::protobuf::ShutdownProtobufLibrary();
  return 0;
}
