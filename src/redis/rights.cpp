#include "redis/rights.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "redis/scripts.hpp"

namespace recant::redis {
namespace {

using Samples = std::vector<std::string_view>;

/// Each as it might be sent: redis/scripts/missing_rights.lua wants whole commands. KEY stands for
/// a key of ours, and a bar before a subcommand, as ACL has it. HELLO and AUTH are not here,
/// because nobody can be denied them.
constexpr std::array<std::string_view, 26> kSamples = {
    "client|tracking on",
    "dbsize",
    "del KEY",
    "eval return 0",
    "evalsha 0000000000000000000000000000000000000000 0",
    "exists KEY",
    "get KEY",
    "hdel KEY f",
    "hgetall KEY",
    "hset KEY f v",
    "info",
    "pexpireat KEY 1",
    "pexpiretime KEY",
    "pttl KEY",
    "select 0",
    "set KEY v",
    "time",
    "zadd KEY 1 m",
    "zcount KEY 0 1",
    "zrange KEY 0 1",
    "zrank KEY m",
    "zrem KEY m",
    "zremrangebyscore KEY 0 1",
    "zrevrange KEY 0 1",
    "zrevrangebyscore KEY 1 0",
    "zscore KEY m",
};

Samples samples_of(ServerDoes does) {
  Samples samples(kSamples.begin(), kSamples.end());
  if (does.foreign_writers) samples.emplace_back("scan 0");
  return samples;
}

using Words = std::vector<std::string>;

Words words_of(std::string_view sample, const std::string& key) {
  Words words;
  while (!sample.empty()) {
    const std::size_t end = std::min(sample.find_first_of(" |"), sample.size());
    const std::string_view word = sample.substr(0, end);
    words.push_back(word == "KEY" ? key : std::string(word));
    sample.remove_prefix(std::min(end + 1, sample.size()));
  }
  return words;
}

std::string name_of(std::string_view sample) {
  return std::string(sample.substr(0, sample.find(' ')));
}

bool takes_a_key(std::string_view sample) { return sample.find(" KEY") != std::string_view::npos; }

/// Asked of each command with a key of each family, because a command and a key are denied alike.
struct Question {
  std::string_view sample;
  std::size_t family;
};

/// What was denied, by sample and family.
using Denied = std::set<std::pair<std::string_view, std::size_t>>;

std::vector<std::string> rights_for(const Samples& samples, const Denied& denied,
                                    const std::vector<std::string>& patterns) {
  std::vector<std::string> rights;
  std::set<std::size_t> families;
  bool is_any_allowed = false;
  for (const std::string_view sample : samples) {
    std::set<std::size_t> with;
    for (std::size_t family = 0; family < patterns.size(); ++family) {
      if (denied.contains({sample, family})) with.insert(family);
    }
    const std::size_t asked = takes_a_key(sample) ? patterns.size() : 1;
    // With no key at all: it is the command. With some and not with others: it is those keys.
    if (with.size() == asked) {
      rights.push_back("+" + name_of(sample));
    } else {
      is_any_allowed = is_any_allowed || takes_a_key(sample);
      families.insert(with.begin(), with.end());
    }
  }
  for (std::size_t family = 0; family < patterns.size(); ++family) {
    if (!is_any_allowed || families.contains(family)) rights.push_back(patterns[family]);
  }
  return rights;
}

}  // namespace

std::vector<std::string> server_commands(ServerDoes does) {
  std::vector<std::string> all;
  for (const std::string_view sample : samples_of(does)) all.push_back("+" + name_of(sample));
  return all;
}

std::vector<std::string> server_keys(const Keys& keys) {
  std::vector<std::string> all = keys.beginnings();
  for (std::string& beginning : all) beginning = "~" + beginning + "*";
  return all;
}

Task<Result<std::vector<std::string>, RedisError>> missing_rights(Commander& redis, Keys keys,
                                                                  ServerDoes does) {
  const auto samples = samples_of(does);
  const auto beginnings = keys.beginnings();
  std::vector<Question> questions;
  std::vector<std::string> arguments;
  for (const std::string_view sample : samples) {
    for (std::size_t family = 0; family < beginnings.size(); ++family) {
      if (family > 0 && !takes_a_key(sample)) break;
      const Words words = words_of(sample, beginnings[family] + "x");
      arguments.push_back(std::to_string(words.size()));
      arguments.insert(arguments.end(), words.begin(), words.end());
      questions.push_back({sample, family});
    }
  }
  const std::vector<std::string> no_keys;
  const auto reply = co_await eval(redis, Scripts::embedded().missing_rights, no_keys, arguments);
  if (!reply) co_return reply.error();
  Denied denied;
  for (const Reply& element : reply->elements()) {
    const auto index = element.integer().value_or(0);
    if (index < 1 || index > static_cast<std::int64_t>(questions.size())) {
      const RedisError error{RedisErrc::unexpected_reply, "missing_rights"};
      co_return error;
    }
    const Question& question = questions[static_cast<std::size_t>(index) - 1];
    denied.emplace(question.sample, question.family);
  }
  co_return rights_for(samples, denied, server_keys(keys));
}

std::string remedy_for(const std::vector<std::string>& rights, const std::string& user) {
  std::string grants;
  for (const std::string& right : rights) grants += " " + right;
  if (grants.empty()) grants = " +eval +evalsha";
  return "grant it by ACL SETUSER " + (user.empty() ? "default" : printable(user)) + grants +
         "; docs/security.md has the whole line";
}

}  // namespace recant::redis
