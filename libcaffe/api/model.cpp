// Models: a net with its card.
#include "model/model.hpp"
#include "api/objects.hpp"
#include "api/options.hpp"
#include "api/running_net.hpp"
#include "api/text.hpp"
#include "model/trust.hpp"
#include "schema/files.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

class ModelObject : public Object {
 public:
  static constexpr const char* kKind = "model";
  const char* kind() const override { return kKind; }

  explicit ModelObject(ModelCard card, const std::shared_ptr<Net>& net_)
      : model(std::move(card), net_),
        net(std::make_shared<NetObject>(net_, nullptr)),
        net_handle(new_handle<caffe_net>(net)) {}
  ~ModelObject() override {
    net->lent->end();
    remove_object(reinterpret_cast<uintptr_t>(net_handle));
  }

  Model model;
  // The net's handle is made with the model, which takes it back: asking twice gives the same.
  const std::shared_ptr<NetObject> net;
  caffe_net* const net_handle;
};

std::shared_ptr<ModelObject> open(const std::string& path, const ModelOptions& options) {
  ModelCard card = read_model_card(path);
  NetOptions net_options = *options.net;
  if (!net_options.has_dialect() && !card.dialect.empty()) net_options.set_dialect(card.dialect);
  if (net_options.weights.empty()) {
    if (card.weights.empty()) {
      fail(Status::kNotFound, card.path, ": the card names no weights: neither caffemodel nor a ",
           "file with the role weights");
    }
    net_options.weights.push_back(card.path_of_present(card.weights));
  }
  const std::string definition = card.path_of_present(card.definition);
  const NetParameter param = read_net(definition, net_options.lenient);
  if (!options.trust) check_trusted(param, card);
  const std::shared_ptr<Net> net = make_net(param, TEST, net_options, definition);
  return std::make_shared<ModelObject>(std::move(card), net);
}

// Runs `body(model)` while the model's net is marked as running.
template <class Body>
caffe_status run(const char* function, caffe_model* model, const Body& body) {
  return barrier(function, [&] {
    const auto object = get<ModelObject>(model, "model");
    const RunningNet running(object->net);
    body(object->model);
  });
}

caffe_status text_of(const char* function, const char** text, const char* name, caffe_model* model,
                     std::string ModelCard::* member) {
  return barrier(function, [&] {
    require(text, name);
    *text = (get<ModelObject>(model, "model")->model.card().*member).c_str();
  });
}

template <class Value>
caffe_status set_pixels(const char* function, caffe_model* model, int64_t item, const Value* pixels,
                        int64_t height, int64_t width, const char* order) {
  return run(function, model, [&](Model& target) {
    require(pixels, "pixels");
    const std::string channels = required_text(order, "order");
    target.set_image(item, pixels_of(pixels, height, width, channels), "the image");
  });
}

}  // namespace

caffe_status caffe_model_open(caffe_model** model, const char* path, const char* options) {
  return barrier(__func__, [&] {
    require(model, "model");
    const std::string folder = required_text(path, "path");
    *model = new_handle<caffe_model>(open(folder, parse_model_options(options)));
  });
}

void caffe_model_destroy(caffe_model* model) {
  if (model == nullptr) return;
  barrier(__func__, [&] {
    const auto object = get<ModelObject>(model, "model");
    object->net->lent->end();
    remove_object(reinterpret_cast<uintptr_t>(object->net_handle));
    remove_object(reinterpret_cast<uintptr_t>(model));
  });
}

caffe_status caffe_model_net(caffe_net** net, caffe_model* model) {
  return barrier(__func__, [&] {
    require(net, "net");
    *net = get<ModelObject>(model, "model")->net_handle;
  });
}

caffe_status caffe_model_name(const char** name, caffe_model* model) {
  return text_of(__func__, name, "name", model, &ModelCard::name);
}

caffe_status caffe_model_task(const char** task, caffe_model* model) {
  return text_of(__func__, task, "task", model, &ModelCard::task);
}

caffe_status caffe_model_label_count(int64_t* count, caffe_model* model) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = static_cast<int64_t>(get<ModelObject>(model, "model")->model.labels().size());
  });
}

caffe_status caffe_model_label(const char** label, caffe_model* model, int64_t index) {
  return barrier(__func__, [&] {
    require(label, "label");
    const auto& labels = get<ModelObject>(model, "model")->model.labels();
    if (index < 0 || index >= static_cast<int64_t>(labels.size())) {
      fail(Status::kNotFound, "there is no label ", index, " among the model's ", labels.size(),
           " (counted from 0)");
    }
    *label = labels[static_cast<size_t>(index)].c_str();
  });
}

caffe_status caffe_model_input(caffe_blob** blob, caffe_model* model) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    const auto object = get<ModelObject>(model, "model");
    *blob = lend_blob(*object->net, object->model.input_id());
  });
}

caffe_status caffe_model_output(caffe_blob** blob, caffe_model* model, const char* name) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    const auto object = get<ModelObject>(model, "model");
    *blob = lend_blob(*object->net, object->model.output_id(name == nullptr ? "" : name));
  });
}

caffe_status caffe_model_set_batch(caffe_model* model, int64_t count) {
  return run(__func__, model, [&](Model& target) { target.set_batch(count); });
}

caffe_status caffe_model_set_image(caffe_model* model, int64_t item, const char* file) {
  return run(__func__, model,
             [&](Model& target) { target.set_image_file(item, required_text(file, "file")); });
}

caffe_status caffe_model_set_image_from_memory(caffe_model* model, int64_t item, const void* bytes,
                                               int64_t size) {
  return run(__func__, model, [&](Model& target) {
    if (size < 0) fail_argument("size is ", size);
    if (size > 0) require(bytes, "bytes");
    target.set_image_bytes(item, {static_cast<const char*>(bytes), static_cast<size_t>(size)});
  });
}

caffe_status caffe_model_set_pixels(caffe_model* model, int64_t item, const uint8_t* pixels,
                                    int64_t height, int64_t width, const char* order) {
  return set_pixels(__func__, model, item, pixels, height, width, order);
}

caffe_status caffe_model_set_float_pixels(caffe_model* model, int64_t item, const float* pixels,
                                          int64_t height, int64_t width, const char* order) {
  return set_pixels(__func__, model, item, pixels, height, width, order);
}

caffe_status caffe_model_predict(caffe_model* model, const char* file) {
  return run(__func__, model, [&](Model& target) {
    const std::string path = required_text(file, "file");
    target.set_batch(1);
    target.set_image_file(0, path);
    target.net()->forward();
  });
}

caffe_status caffe_model_top(int64_t* indices, float* values, caffe_model* model,
                             const char* output, int64_t item, int64_t count) {
  return barrier(__func__, [&] {
    require(indices, "indices");
    const auto object = get<ModelObject>(model, "model");
    const auto best = object->model.top(output == nullptr ? "" : output, item, count);
    for (size_t i = 0; i < best.size(); ++i) {
      indices[i] = best[i].index;
      if (values != nullptr) values[i] = best[i].value;
    }
  });
}

caffe_status caffe_model_check(caffe_model* model) {
  return run(__func__, model, [](Model& target) { target.check(); });
}
