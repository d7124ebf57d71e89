// The function pointers in the tables of messages.cpp, one set for each message type.
#pragma once

#include "schema/message.hpp"

namespace caffe::schema {

template <class T>
struct MemberOf;
template <class Owner, class T>
struct MemberOf<T Owner::*> {
  using owner = Owner;
};

template <auto kMember>
void* member_of(Message& message) {
  using Owner = typename MemberOf<decltype(kMember)>::owner;
  return &(static_cast<Owner&>(message).*kMember);
}

template <class T>
const Message& defaults_of() {
  return T::defaults();
}

template <class T>
std::unique_ptr<Message, void (*)(Message*)> create() {
  return {new T, [](Message* message) { delete static_cast<T*>(message); }};
}

template <class T>
inline constexpr MessageOps kOps = {
    []() -> const MessageType& { return T::descriptor(); },
    [](const void* member) -> const Message* {
      const auto& sub = *static_cast<const Sub<T>*>(member);
      return sub.present() ? &*sub : nullptr;
    },
    [](void* member) -> Message& { return static_cast<Sub<T>*>(member)->mut(); },
    [](void* member, const void* from) {
      *static_cast<Sub<T>*>(member) = *static_cast<const Sub<T>*>(from);
    },
    [](void* member) { static_cast<Sub<T>*>(member)->clear(); },
    [](const void* member) { return static_cast<const std::vector<T>*>(member)->size(); },
    [](const void* member, size_t index) -> const Message& {
      return (*static_cast<const std::vector<T>*>(member))[index];
    },
    [](void* member) -> Message& { return static_cast<std::vector<T>*>(member)->emplace_back(); },
    [](void* member, const void* from) {
      *static_cast<std::vector<T>*>(member) = *static_cast<const std::vector<T>*>(from);
    },
    [](void* member) { static_cast<std::vector<T>*>(member)->clear(); },
};

}  // namespace caffe::schema
