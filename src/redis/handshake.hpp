// The first words on a connection: HELLO 3 with our name and credentials, then SELECT. What answers
// must be a Redis that speaks RESP3 and is a master; anything else is named and refused.
//
// The other side's error texts are not passed on: an old Redis repeats the arguments of a command
// that it does not know, and one of them is the password.
//
// Without I/O. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace recant::redis {

class Handshake {
 public:
  Handshake(const Target& target, std::string_view client_name);

  /// What to send. Holds the password.
  const std::string& bytes() const { return bytes_; }

  enum class Progress { more, done, refused };
  Progress on_reply(const Reply& reply);
  /// After `refused`: why, as one sentence.
  const std::string& refusal() const { return refusal_; }
  /// After `refused`: is this something that only an operator can change?
  bool is_lasting() const { return lasting_; }

 private:
  Progress refuse(std::string why);
  Progress judge_hello(const Reply& hello);

  std::string where_;
  std::uint32_t db_;
  std::string bytes_;
  std::string refusal_;
  std::size_t replies_ = 0;
  bool lasting_ = true;
};

}  // namespace recant::redis
