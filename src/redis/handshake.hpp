// The first words on a connection: HELLO 3 with our name and credentials, then SELECT, and, where
// changes of keys are to be told, CLIENT TRACKING. What answers must be a Redis that speaks RESP3
// and is a master; anything else is named and refused.
//
// The other side's error texts are not passed on: an old Redis repeats the arguments of a command
// that it does not know, and one of them is the password.
//
// Without I/O. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace recant::redis {

/// Of an answer to HELLO.
bool is_master(const Reply& hello);

class Handshake {
 public:
  /// Changes of keys that begin with one of `watched` are pushed from the end of the handshake on.
  Handshake(const Target& target, std::string_view client_name,
            const std::vector<std::string>& watched = {});

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
  Progress judge_select(const Reply& reply);
  Progress judge_tracking(const Reply& reply);

  enum class Step { hello, select, tracking };
  std::string where_;
  std::uint32_t db_;
  std::vector<Step> steps_;  ///< what is still to be answered, the next one last
  std::string bytes_;
  std::string refusal_;
  bool lasting_ = true;
};

}  // namespace recant::redis
