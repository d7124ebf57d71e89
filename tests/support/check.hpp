// The C++ tests' few words: TEST, CHECK, CHECK_EQ, CHECK_NEAR, CHECK_FAILS, SKIP.
//
//   TEST(shape_counts_its_values) { CHECK_EQ(Shape({2, 3}).count(), 6); }
//
// A failed check ends its test and says file, line and values; the program runs the others, and its
// last line is "N passed, N failed, N skipped". Arguments select tests: those of a file
// ("layers/activation/relu", also with tests/cpp/ and .cpp around it), of a folder ("layers/loss"),
// or those with a word in their names; one that selects none is an error. --list shows the names.
#pragma once

#include <cmath>
#include <sstream>
#include <string>

#include "core/error.hpp"

namespace caffe::test {

struct Failure {
  std::string message;
};

struct Skip {
  std::string reason;
};

struct Registrar {
  Registrar(const char* name, const char* file, void (*body)());
};

// Environment variable CAFFE_SHARED, else the folder named "shared" beside the checkout; "" when
// neither is there. What lies below it is data that tests use in place.
std::string shared_data();

// shared_data() with `path` behind it; skips the test when it is not there.
std::string shared_file(const std::string& path);

template <class T>
std::string shown(const T& value) {
  std::ostringstream out;
  out.precision(9);
  if constexpr (requires { out << value; }) {
    out << value;
  } else {
    out << "(a value without <<)";
  }
  return out.str();
}

[[noreturn]] void failed(const char* file, int line, const std::string& what);

template <class A, class B>
void check_equal(const A& a, const B& b, const char* text, const char* file, int line) {
  if (!(a == b)) failed(file, line, str(text, ": ", shown(a), " is not ", shown(b)));
}

// |a - b| <= atol + rtol * |b|; NaN is near NaN, an infinity near itself.
inline bool near(double a, double b, double rtol, double atol) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= atol + rtol * std::fabs(b);
}

// Runs `body`, which has to throw an Error of this class with `part` in its message.
template <class Body>
void check_fails(const Body& body, Status status, const std::string& part, const char* file,
                 int line) {
  try {
    body();
  } catch (const Error& error) {
    if (error.status() != status) {
      failed(file, line,
             str("status ", static_cast<int>(error.status()), ", expected ",
                 static_cast<int>(status), ": ", error.what()));
    }
    if (std::string(error.what()).find(part) == std::string::npos) {
      failed(file, line, str("message lacks \"", part, "\": ", error.what()));
    }
    return;
  }
  failed(file, line, "no error where one is due");
}

}  // namespace caffe::test

#define TEST(name)                                                                     \
  static void test_##name();                                                           \
  static const ::caffe::test::Registrar register_##name(#name, __FILE__, test_##name); \
  static void test_##name()
#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) ::caffe::test::failed(__FILE__, __LINE__, #condition); \
  } while (false)
#define CHECK_EQ(a, b) ::caffe::test::check_equal((a), (b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_NEAR(a, b, rtol, atol)                                                \
  do {                                                                              \
    const double a_ = (a), b_ = (b);                                                \
    if (!::caffe::test::near(a_, b_, rtol, atol)) {                                 \
      ::caffe::test::failed(__FILE__, __LINE__,                                     \
                            ::caffe::str(#a " near " #b ": ", a_, " is not ", b_)); \
    }                                                                               \
  } while (false)
#define CHECK_FAILS(status, part, ...) \
  ::caffe::test::check_fails([&] { __VA_ARGS__; }, status, part, __FILE__, __LINE__)
#define SKIP(reason)          \
  throw ::caffe::test::Skip { \
    reason                    \
  }
