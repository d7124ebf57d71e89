/* Nets: callbacks around layers, backward before forward, and what a forward costs. */
#include "c/api.h"

#include <string.h>

/* What a callback has seen: "f0 F0 ..." for before and after layer 0 went forward, b and B back. */
struct seen {
  char text[256];
  int fail_at_layer;
  caffe_status inside;
};

static caffe_status see(caffe_net* net, int event, int64_t layer, void* user) {
  struct seen* seen = user;
  const size_t length = strlen(seen->text);
  if (length + 4 < sizeof seen->text) {
    seen->text[length] = "fFbB"[event];
    seen->text[length + 1] = (char)('0' + layer);
    seen->text[length + 2] = ' ';
    seen->text[length + 3] = '\0';
  }
  seen->inside = caffe_net_forward(NULL, net);
  if (layer == seen->fail_at_layer) {
    caffe_set_error("enough is seen");
    return CAFFE_STATE;
  }
  return CAFFE_OK;
}

TEST(net_callbacks_around_each_layer) {
  caffe_net *net, *clone = NULL;
  struct seen seen = {"", -1, CAFFE_OK};
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "force_backward: true"));
  CHECK_OK(caffe_net_add_callback(net, see, &seen));
  CHECK_OK(caffe_net_forward_from_to(NULL, net, 0, 1));
  CHECK(strcmp(seen.text, "f0 F0 f1 F1 ") == 0);
  CHECK(seen.inside == CAFFE_STATE);
  seen.text[0] = '\0';
  CHECK_OK(caffe_net_forward(NULL, net));
  seen.text[0] = '\0';
  CHECK_OK(caffe_net_backward_from_to(net, 3, 1));
  CHECK(strcmp(seen.text, "b3 B3 b2 B2 b1 B1 ") == 0);
  seen.text[0] = '\0';
  CHECK_OK(caffe_net_clone(&clone, net));
  CHECK_OK(caffe_net_forward(NULL, clone));
  CHECK(seen.text[0] == '\0');
  seen.fail_at_layer = 2;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "net callback: enough is seen");
  CHECK(strcmp(seen.text, "f0 F0 f1 F1 f2 ") == 0);
  CHECK_FAILS(caffe_net_add_callback(net, NULL, NULL), CAFFE_INVALID_ARGUMENT, "callback is NULL");
  caffe_net_destroy(clone);
  caffe_net_destroy(net);
}

TEST(net_callbacks_are_removed) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  struct seen one = {"", -1, CAFFE_OK}, other = {"", -1, CAFFE_OK};
  CHECK_OK(caffe_net_add_callback(net, see, &one));
  CHECK_OK(caffe_net_add_callback(net, see, &other));
  CHECK_OK(caffe_net_add_callback(net, see, &one));
  CHECK_OK(caffe_net_remove_callback(net, see, &one));
  CHECK_OK(caffe_net_forward_from_to(NULL, net, 0, 0));
  CHECK(strcmp(one.text, "f0 F0 ") == 0 && strcmp(other.text, "f0 F0 ") == 0);
  CHECK_OK(caffe_net_remove_callback(net, see, &one));
  CHECK_FAILS(caffe_net_remove_callback(net, see, &one), CAFFE_NOT_FOUND, "no callback was added");
  CHECK_OK(caffe_net_forward_from_to(NULL, net, 0, 0));
  CHECK(strcmp(one.text, "f0 F0 ") == 0 && strcmp(other.text, "f0 F0 f0 F0 ") == 0);
  CHECK_FAILS(caffe_net_remove_callback(net, NULL, NULL), CAFFE_INVALID_ARGUMENT,
              "callback is NULL");
  caffe_net_destroy(net);
  CHECK_FAILS(caffe_net_remove_callback(net, see, &other), CAFFE_INVALID_ARGUMENT, "destroyed");
}

/* Wants to go, and another one to come. */
static caffe_status come_and_go(caffe_net* net, int event, int64_t layer, void* user) {
  caffe_status* seen = user;
  (void)event, (void)layer;
  seen[0] = caffe_net_remove_callback(net, come_and_go, user);
  seen[1] = caffe_net_add_callback(net, come_and_go, user);
  return CAFFE_OK;
}

static caffe_status test_first(caffe_solver* solver, int event, void* user) {
  (void)user;
  return event == CAFFE_SOLVER_BEFORE_STEP ? caffe_solver_test(solver) : CAFFE_OK;
}

/* A solver's callback may use the solver's nets, and so may theirs, which run within it. */
TEST(net_callbacks_stay_while_they_are_called_in_a_solvers_test) {
  static const char kSolver[] =
      "net_param { layer { name: 'x' type: 'DummyData' top: 'x' top: 'y' dummy_data_param {"
      "  shape { dim: 2 dim: 3 } shape { dim: 2 dim: 1 } } }"
      "  layer { name: 'ip' type: 'InnerProduct' bottom: 'x' top: 'ip' inner_product_param {"
      "    num_output: 1 weight_filler { type: 'xavier' } } }"
      "  layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'y' top: 'loss' } }"
      "base_lr: 0.1 lr_policy: 'fixed' max_iter: 1 test_iter: 1 test_interval: 100";
  caffe_solver* solver = NULL;
  caffe_net* net = NULL;
  caffe_status seen[2] = {CAFFE_OK, CAFFE_OK};
  CHECK_OK(caffe_solver_create_from_text(&solver, kSolver, NULL));
  CHECK_OK(caffe_solver_test_net(&net, solver, 0));
  CHECK_OK(caffe_net_add_callback(net, come_and_go, seen));
  CHECK_OK(caffe_solver_add_callback(solver, test_first, NULL));
  CHECK_OK(caffe_solver_step(solver, 1));
  CHECK(seen[0] == CAFFE_STATE && seen[1] == CAFFE_STATE);
  CHECK_OK(caffe_net_remove_callback(net, come_and_go, seen)); /* it is known still */
  caffe_solver_destroy(solver);
}

/* Adds 1 to the first value of blob "ip" through a pin, behind layer 1. */
static caffe_status add_one(caffe_net* net, int event, int64_t layer, void* user) {
  float** values = user;
  (void)net;
  if (event == CAFFE_NET_AFTER_FORWARD && layer == 1) *values[0] += 1;
  return CAFFE_OK;
}

TEST(net_callbacks_change_blobs_through_pins) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob *ip, *prob;
  caffe_pin* pin;
  float* values;
  const float* p;
  CHECK_OK(caffe_net_blob_by_name(&ip, net, "ip"));
  CHECK_OK(caffe_blob_pin(&pin, ip, CAFFE_DATA));
  CHECK_OK(caffe_pin_values(&values, pin));
  CHECK_OK(caffe_net_add_callback(net, add_one, &values));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_blob_by_name(&prob, net, "prob"));
  CHECK_OK(caffe_blob_data(&p, prob));
  CHECK(p[0] > 0.47f && p[0] < 0.48f && p[1] == p[2]); /* e / (e + 3), by an input of zeros */
  caffe_pin_destroy(pin);
  caffe_net_destroy(net);
}

/* Wants another callback, and destroys the net that runs. */
static caffe_status destroy_it(caffe_net* net, int event, int64_t layer, void* user) {
  (void)layer;
  if (event != CAFFE_NET_BEFORE_FORWARD) return CAFFE_OK;
  *(caffe_status*)user = caffe_net_add_callback(net, destroy_it, user);
  if (caffe_net_remove_callback(net, destroy_it, user) != CAFFE_STATE) return CAFFE_CALLBACK;
  caffe_net_destroy(net);
  return CAFFE_OK;
}

TEST(net_callbacks_may_not_add_callbacks_but_destroy_the_net) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_status status = CAFFE_OK;
  CHECK_OK(caffe_net_add_callback(net, destroy_it, &status));
  CHECK_OK(caffe_net_forward_from_to(NULL, net, 0, 0));
  CHECK(status == CAFFE_STATE);
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_INVALID_ARGUMENT, "net has been destroyed");
}

TEST(net_backward_before_forward) {
  caffe_net* net = NULL;
  caffe_blob *data, *prob;
  const float* gradient;
  float values[4] = {1, 2, 3, 4}, seed[4] = {0, 0, 0, 1};
  const int64_t dims[2] = {3, 4};
  CHECK_OK(caffe_net_create_from_text(
      &net,
      "force_backward: true layer { name: \"data\" type: \"Input\" top: \"data\""
      "  input_param { shape { dim: 1 dim: 4 } } }"
      "layer { name: \"prob\" type: \"Softmax\" bottom: \"data\" top: \"prob\" }",
      CAFFE_TEST, NULL));
  CHECK_OK(caffe_net_blob_by_name(&data, net, "data"));
  CHECK_OK(caffe_net_blob_by_name(&prob, net, "prob"));
  CHECK_OK(caffe_blob_set_data(data, values, 4));
  CHECK_OK(caffe_blob_set_diff(prob, seed, 4));
  CHECK_OK(caffe_net_backward(net));
  CHECK_OK(caffe_blob_diff(&gradient, data));
  CHECK(gradient[3] == 0); /* the top's values are zeros, as they lie */
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_backward_from_to(net, 1, 1));
  CHECK_OK(caffe_blob_diff(&gradient, data));
  CHECK(gradient[3] > 0.2f && gradient[0] < 0);
  CHECK_OK(caffe_blob_reshape(data, 2, dims));
  CHECK_FAILS(caffe_net_backward(net), CAFFE_STATE, "bottom \"data\" has got another shape");
  CHECK_OK(caffe_net_reshape(net));
  CHECK_OK(caffe_net_backward(net));
  caffe_net_destroy(net);
}

TEST(net_layer_flops) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  int64_t flops = -1, index;
  caffe_blob *input, *ip;
  int64_t inputs, outputs;
  CHECK_OK(caffe_net_input(&input, net, 0));
  CHECK_OK(caffe_net_blob_by_name(&ip, net, "ip"));
  CHECK_OK(caffe_blob_count(&inputs, input));
  CHECK_OK(caffe_blob_count(&outputs, ip));
  CHECK_OK(caffe_net_layer_flops(&flops, net, 0));
  CHECK(flops == 0);
  CHECK_OK(caffe_net_layer_index(&index, net, "ip"));
  CHECK_OK(caffe_net_layer_flops(&flops, net, index));
  CHECK(flops >= 2 * inputs && flops % outputs == 0);
  CHECK_FAILS(caffe_net_layer_flops(&flops, net, 99), CAFFE_NOT_FOUND, "no layer 99");
  CHECK_FAILS(caffe_net_layer_flops(NULL, net, 0), CAFFE_INVALID_ARGUMENT, "flops is NULL");
  caffe_net_destroy(net);
}
