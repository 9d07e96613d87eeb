// `recant token inspect`: what a token says of itself. Nothing is verified and nothing is sent.
#include <algorithm>
#include <array>
#include <cmath>
#include <istream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/listing.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "cli/token_remarks.hpp"

namespace recant::cli {
namespace {

constexpr json::Limits kLimits{
    .depth = 64, .members = 10'000, .number_chars = 400, .string_bytes = 1024 * 1024};
constexpr std::array<std::string_view, 5> kTimes = {"exp", "iat", "nbf", "auth_time", "updated_at"};

/// What people copy along: the header's name, the scheme, quotation marks, white space.
std::string_view bare(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n\"'";
  const auto trim = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(kAround), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(kAround) + 1));
  };
  trim();
  for (const std::string_view prefix : {"Authorization:", "authorization:", "Bearer ", "bearer "}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    trim();
  }
  return text;
}

std::vector<std::string_view> segments_of(std::string_view token) {
  std::vector<std::string_view> segments;
  for (;;) {
    const auto dot = token.find('.');
    segments.push_back(token.substr(0, dot));
    if (dot == std::string_view::npos) return segments;
    token.remove_prefix(dot + 1);
  }
}

/// Why something cannot be read, for the middle of a sentence.
struct Unreadable {
  std::string why;
};

/// One segment as JSON.
Result<json::Value, Unreadable> decode(std::string_view segment, const char* what) {
  const auto bytes = base64url_decode(segment);
  if (!bytes) return Unreadable{std::string("its ") + what + " is not base64url"};
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  auto value = json::parse(text, kLimits);
  if (value && value->as_object() != nullptr) return *std::move(value);
  return Unreadable{std::string("its ") + what + " is no JSON object" +
                    (value ? "" : ": " + std::string(json::to_string(value.error())))};
}

/// A payload that cannot be read is noted in the token; anything else is the end.
Result<ReadToken, Unreadable> read(std::string_view given) {
  const std::string_view text = bare(given);
  if (text.empty()) return Unreadable{"there is nothing in it"};
  if (text.starts_with("rt_")) {
    return Unreadable{
        "this is a refresh token, which is opaque: it says nothing to anybody but the server"};
  }
  if (text.starts_with("ak_")) return Unreadable{"this is an admin key, which says nothing"};
  const auto segments = segments_of(text);
  const bool encrypted = segments.size() == 5;
  if (segments.size() != 3 && !encrypted) {
    return Unreadable{"a token has three parts with dots between, and this has " +
                      std::to_string(segments.size())};
  }
  ReadToken token;
  token.bytes = text.size();
  token.encrypted = encrypted;
  auto header = decode(segments[0], "header");
  if (!header) return header.error();
  token.header = *std::move(header);
  if (encrypted) return token;
  token.signature_bytes = segments[2].size();
  auto claims = decode(segments[1], "payload");
  if (claims) {
    token.claims = *std::move(claims);
  } else {
    token.payload_fault = claims.error().why;
  }
  return token;
}

std::string shown(const json::Value& value) {
  const std::string* text = value.as_string();
  return printable(text != nullptr ? *text : json::serialize(value));
}

class Report {
 public:
  explicit Report(const Streams& streams) : out_(streams.out), colour_(streams.terminal.colour) {}

  void print(const ReadToken& token, const std::vector<Remark>& remarks, UnixMillis now) {
    out_ << strong("NOT VERIFIED", "\x1b[1;33m")
         << ": this is what the token says of itself, and anybody can write one.\n";
    section("Header", token.header, now);
    if (token.encrypted) {
      out_ << "\nThe rest is encrypted.\n";
    } else if (!token.payload_fault.empty()) {
      out_ << "\nIt has no claims: " << token.payload_fault << ".\n";
    } else {
      section("Claims", token.claims, now);
    }
    if (remarks.empty()) return;
    out_ << '\n' << strong("Remarkable", "\x1b[1m") << '\n';
    for (const Remark& remark : remarks) {
      out_ << "  " << strong(remark.grave ? "!" : "-", "\x1b[1;31m") << ' ' << remark.text << '\n';
    }
  }

 private:
  std::string strong(const std::string& text, const char* colour) const {
    return colour_ ? colour + text + "\x1b[0m" : text;
  }

  void section(const char* title, const json::Value& object, UnixMillis now) {
    out_ << '\n' << strong(title, "\x1b[1m") << '\n';
    std::size_t width = 0;
    for (const json::Member& member : *object.as_object()) {
      width = std::max(width, width_of(printable(member.name)));
    }
    for (const json::Member& member : *object.as_object()) {
      out_ << "  " << fitted(printable(member.name), width) << "  " << shown(member.value);
      const bool is_time = std::ranges::find(kTimes, member.name) != kTimes.end();
      const auto instant = is_time ? numeric_date(member.value) : std::nullopt;
      if (instant) out_ << "  (" << when(*instant, now) << ')';
      out_ << '\n';
    }
  }

  std::ostream& out_;
  const bool colour_;
};

void print_json(const ReadToken& token, const std::vector<Remark>& remarks, std::ostream& out) {
  json::Array list;
  for (const Remark& remark : remarks) {
    list.emplace_back(json::Object{{"code", remark.code}, {"text", remark.text}});
  }
  out << json::serialize(json::Object{{"verified", false},
                                      {"header", token.header},
                                      {"claims", token.claims},
                                      {"remarks", std::move(list)}})
      << '\n';
}

/// Was it readable?
bool inspect(std::string_view text, bool as_json, const Streams& streams) {
  const UnixMillis now = SystemClock().wall();
  const auto token = read(text);
  if (!token) {
    if (as_json) {
      streams.out << json::serialize(
                         json::Object{{"verified", false}, {"error", token.error().why}})
                  << '\n';
    } else {
      streams.err << "recant token inspect: this cannot be read: " << token.error().why << ".\n";
    }
    return false;
  }
  const auto remarks = remarks_on(*token, now);
  if (as_json) {
    print_json(*token, remarks, streams.out);
  } else {
    Report(streams).print(*token, remarks, now);
  }
  return true;
}

int inspect_lines(bool as_json, const Streams& streams) {
  bool all = true;
  bool first = true;
  for (std::string line; std::getline(streams.in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!first && !as_json) streams.out << '\n';
    first = false;
    all = inspect(line, as_json, streams) && all;
    streams.out << std::flush;
  }
  if (!first) return all ? kDone : kRefused;
  streams.err << "recant token inspect: standard input is empty.\n";
  return kUsage;
}

int run(const Arguments& arguments, const Streams& streams) {
  const bool as_json = arguments.has("--json");
  if (arguments.operand() != "-") {
    return inspect(arguments.operand(), as_json, streams) ? kDone : kRefused;
  }
  if (!streams.terminal.in) return inspect_lines(as_json, streams);
  const auto token = prompt_secret("Token: ");
  if (token) return inspect(token->reveal(), as_json, streams) ? kDone : kRefused;
  streams.err << "recant token inspect: " << token.error().sentence << '\n';
  return kUsage;
}

}  // namespace

Command token_inspect_command() {
  Command command;
  command.name = "token inspect";
  command.group = "Tokens";
  command.summary = "Show what a token says, without believing it.";
  command.description =
      "Decodes header and claims, writes times as people read them, and points at what is "
      "remarkable: that it has expired, that nothing signs it, that it names no jti and so cannot "
      "be revoked alone. Nothing is verified, which recant token verify does, and the token is not "
      "sent anywhere.\n\n"
      "With - it reads tokens from standard input, one a line; a Bearer before them does no harm. "
      "Exit code 1 when one cannot be read.";
  command.examples = {"wl-paste | recant token inspect -",
                      "echo \"$access\" | recant token inspect - --json | jq .claims"};
  command.operand = "TOKEN|-";
  command.operand_help =
      "The token; - reads it from standard input, which keeps it out of the shell's history.";
  command.options = {json_option()};
  command.run = run;
  return command;
}

}  // namespace recant::cli
