#include "redis/handshake.hpp"

#include <utility>

#include "redis/command.hpp"

namespace recant::redis {
namespace {

std::string explain(const RedisError& error) {
  switch (error.code) {
    case RedisErrc::wrongpass:
      return "refuses the user name or password; correct them in redis.url";
    case RedisErrc::noauth:
      return "asks for a password; put it into redis.url (redis://user:password@host)";
    case RedisErrc::noperm:
      return "denies HELLO or SELECT to this user; grant +hello and +select in its ACL";
    case RedisErrc::loading:
      return "is still loading its data set";
    case RedisErrc::masterdown:
      return "is a replica that has lost its master; give the address of the master";
    case RedisErrc::other_error:
      return "does not understand HELLO 3; Recant needs Redis 7.0 or Valkey 7.2, reached directly";
    default:
      return "answered HELLO with the error " + std::string(name(error.code));
  }
}

/// Only these are about who we are and what we ask; the others pass.
bool is_lasting_error(RedisErrc code) {
  return code == RedisErrc::wrongpass || code == RedisErrc::noauth || code == RedisErrc::noperm ||
         code == RedisErrc::other_error;
}

}  // namespace

bool is_master(const Reply& hello) {
  const Reply* role = hello.find("role");
  return role != nullptr && role->text() == "master";
}

Handshake::Handshake(const Target& target, std::string_view client_name,
                     const std::vector<std::string>& watched)
    : where_(to_string(target.address)), db_(target.db) {
  Command hello("HELLO", 3);
  if (!target.user.empty() || !target.password.empty()) {
    hello.add("AUTH").add(target.user.empty() ? std::string_view("default") : target.user);
    hello.add(target.password.reveal());
  }
  hello.add("SETNAME").add(client_name);
  hello.encode_to(bytes_);
  if (db_ != 0) Command("SELECT", db_).encode_to(bytes_);
  if (!watched.empty()) {
    // Broadcasting, so that Redis need not remember which keys each of us has asked for.
    Command tracking("CLIENT", "TRACKING", "ON", "BCAST");
    for (const std::string& beginning : watched) tracking.add("PREFIX").add(beginning);
    tracking.encode_to(bytes_);
    steps_.push_back(Step::tracking);
  }
  if (db_ != 0) steps_.push_back(Step::select);
  steps_.push_back(Step::hello);
}

Handshake::Progress Handshake::refuse(std::string why) {
  refusal_ = "Redis at " + where_ + " " + std::move(why);
  return Progress::refused;
}

Handshake::Progress Handshake::on_reply(const Reply& reply) {
  const Step step = steps_.back();
  steps_.pop_back();
  const Progress progress = step == Step::hello    ? judge_hello(reply)
                            : step == Step::select ? judge_select(reply)
                                                   : judge_tracking(reply);
  return progress == Progress::more && steps_.empty() ? Progress::done : progress;
}

Handshake::Progress Handshake::judge_select(const Reply& reply) {
  if (reply.is_ok()) return Progress::more;
  return refuse("has no database " + std::to_string(db_) + "; choose another in redis.url");
}

Handshake::Progress Handshake::judge_tracking(const Reply& reply) {
  if (reply.is_ok()) return Progress::more;
  if (reply.is_error() && reply.error().code == RedisErrc::noperm) {
    return refuse("denies CLIENT TRACKING to this user; grant +client|tracking in its ACL");
  }
  return refuse(
      "does not tell what changes (CLIENT TRACKING ON BCAST); Recant needs Redis 7.0 or Valkey "
      "7.2, "
      "reached directly");
}

Handshake::Progress Handshake::judge_hello(const Reply& hello) {
  if (hello.is_error()) {
    lasting_ = is_lasting_error(hello.error().code);
    return refuse(explain(hello.error()));
  }
  const Reply* proto = hello.find("proto");
  if (!proto || proto->integer() != 3) {
    return refuse("does not speak RESP3; Recant needs Redis 7.0 or Valkey 7.2, reached directly");
  }
  const Reply* mode = hello.find("mode");
  if (mode && mode->text() == "sentinel") {
    return refuse("is a Sentinel, which holds no data; give the address of the master");
  }
  if (!is_master(hello)) {
    const Reply* role = hello.find("role");
    return refuse("is not a master (role " +
                  (role && role->text() ? printable(*role->text(), 20) : std::string("unknown")) +
                  "); give the address of the master");
  }
  return Progress::more;
}

}  // namespace recant::redis
