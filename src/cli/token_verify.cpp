// `recant token verify`: judges tokens offline, by the very code that the server judges them with.
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "cli/command.hpp"
#include "jose/jwks.hpp"
#include "jose/jws.hpp"
#include "verify/access_token.hpp"
#include "verify/never_back_clock.hpp"

namespace recant::cli {
namespace {

struct Judgement {
  std::string reason;  // empty: valid
  json::Value header{};
  json::Value claims{};
};

/// A payload that is no JSON stands there as text.
json::Value payload_of(const std::string& payload) {
  const auto parsed = json::parse(payload);
  return parsed ? *parsed : json::Value(payload);
}

class Judge {
 public:
  Judge(jose::KeySet keys, std::optional<verify::AccessTokenOptions> options)
      : keys_(std::move(keys)) {
    if (options) verifier_.emplace(*std::move(options), keys_);
  }

  Judgement judge(const std::string& token) const {
    const auto jws = jose::verify_jws(token, keys_);
    if (!jws) return {std::string(jose::name_of(jws.error()))};
    if (!verifier_) return {"", jws->header(), payload_of(jws->payload())};
    const auto verified = verifier_->verify(token, clock_.wall());
    if (!verified) return {std::string(verify::name_of(verified.error()))};
    return {"", jws->header(), verified->claims()};
  }

 private:
  jose::KeySet keys_;
  std::optional<verify::AccessTokenVerifier> verifier_;
  const SystemClock system_clock_;
  const verify::NeverBackClock clock_{system_clock_};
};

std::string to_json_line(const Judgement& judgement) {
  if (!judgement.reason.empty()) {
    return json::serialize(json::Object{{"valid", false}, {"reason", judgement.reason}});
  }
  return json::serialize(
      json::Object{{"valid", true}, {"header", judgement.header}, {"claims", judgement.claims}});
}

std::string to_text(const Judgement& judgement) {
  if (!judgement.reason.empty()) return "invalid: " + judgement.reason;
  return "valid\nheader " + json::serialize(judgement.header) + "\nclaims " +
         json::serialize(judgement.claims);
}

constexpr std::size_t kLargestKeySet = 1024 * 1024;

/// The key set, or one sentence.
std::optional<jose::KeySet> read_keys(const std::string& file, const Streams& streams) {
  std::ifstream in(file, std::ios::binary);
  // read(), unlike an iterator, throws nothing for a directory, and ends with what has no end.
  std::string text(kLargestKeySet + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    streams.err << "recant token verify: the file " << file << " cannot be read.\n";
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestKeySet) {
    streams.err << "recant token verify: the file " << file
                << " is larger than 1 MiB, so it is no JWK set.\n";
    return std::nullopt;
  }
  auto keys = jose::parse_jwks(text);
  if (keys) return *std::move(keys);
  streams.err << "recant token verify: " << file
              << " is not a JWK set to rely on: " << keys.error().message() << ".\n";
  return std::nullopt;
}

std::optional<verify::AccessTokenOptions> claims_wanted(const Arguments& arguments) {
  if (arguments.has("--signature-only")) return std::nullopt;
  verify::AccessTokenOptions options;
  options.issuer = arguments.value("--issuer").value_or("recant");
  options.audience = {arguments.value("--audience").value_or("api")};
  return options;
}

int judge_lines(const Judge& judge, const Streams& streams) {
  bool all_valid = true;
  for (std::string line; std::getline(streams.in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    const Judgement judgement = judge.judge(line);
    all_valid = all_valid && judgement.reason.empty();
    // Flushed, since somebody may wait for this answer before asking the next.
    streams.out << to_json_line(judgement) << std::endl;
  }
  return all_valid ? kDone : kRefused;
}

int run(const Arguments& arguments, const Streams& streams) {
  for (const char* flag : {"--issuer", "--audience"}) {
    if (!arguments.has(flag) || !arguments.value(flag)->empty()) continue;
    streams.err << "recant token verify: " << flag << " must not be empty.\n";
    return kUsage;
  }
  auto keys = read_keys(*arguments.value("--jwks"), streams);
  if (!keys) return kUsage;
  const Judge judge(*std::move(keys), claims_wanted(arguments));
  if (arguments.operand() == "-") return judge_lines(judge, streams);
  const Judgement judgement = judge.judge(arguments.operand());
  streams.out << (arguments.has("--json") ? to_json_line(judgement) : to_text(judgement)) << '\n';
  return judgement.reason.empty() ? kDone : kRefused;
}

}  // namespace

Command token_verify_command() {
  Command command;
  command.name = "token verify";
  command.group = "Tokens";
  command.summary = "Judge an access token offline, with the server's own code.";
  command.description =
      "Looks at form, header, key, signature and claims, in this order, and says what is wrong "
      "first. "
      "Whether the token has been revoked is known to a running server only.\n\n"
      "With - it reads one token a line from standard input and answers each with one line of "
      "JSON. "
      "Exit code 0 says that every token was valid, 1 that one was not, 2 that the command or the "
      "key set is wrong.";
  command.examples = {"curl -s http://127.0.0.1:8080/.well-known/jwks.json > jwks.json",
                      "echo \"$access\" | recant token verify --jwks jwks.json -",
                      "recant token verify --jwks jwks.json --signature-only - < tokens.txt"};
  command.options = {
      {"--jwks", "FILE", "The issuer's keys, a JWK set (RFC 7517).", "", true},
      {"--issuer", "ISSUER", "What iss must be; recant if not given."},
      {"--audience", "AUDIENCE", "What aud must name; api if not given."},
      {"--signature-only", "", "Stop after header, key and signature, and take any payload."},
      {"--json", "", "Answer in JSON for a TOKEN on the command line too."}};
  command.operand = "TOKEN|-";
  command.operand_help =
      "The token; - reads it from standard input, which keeps it out of the shell's history.";
  command.run = run;
  return command;
}

}  // namespace recant::cli
