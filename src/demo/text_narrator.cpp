#include "demo/text_narrator.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <istream>
#include <ostream>

#include "demo/text_layout.hpp"

namespace recant::demo {

namespace {

constexpr std::string_view kOff = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kMagenta = "\x1b[35m";
constexpr std::string_view kCyan = "\x1b[36m";

constexpr std::size_t kIndent = 4;

struct Note {
  std::string_view member;
  std::string_view text;
};
/// What each member of a token is for. RFC 7519 §4.1, RFC 9068 §2.2.
constexpr std::array kNotes = {
    Note{"alg", "how it is signed"},
    Note{"typ", "an access token (RFC 9068)"},
    Note{"kid", "with which key"},
    Note{"iss", "who signed it"},
    Note{"sub", "for whom it speaks: Alice"},
    Note{"aud", "whom it is meant for"},
    Note{"client_id", "through which application"},
    Note{"iat", "when it was signed"},
    Note{"exp", "when it ends by itself"},
    Note{"jti", "its own name: what takes it back"},
    Note{"sid", "the session it belongs to"},
    Note{"scope", "what she may do"},
    Note{"auth_time", "when she gave her password"},
};

std::string_view note_on(std::string_view member) {
  for (const Note& note : kNotes) {
    if (note.member == member) return note.text;
  }
  return {};
}

/// Only what tells the reader something.
bool worth_showing(std::string_view header) {
  return header.starts_with("X-Auth-") || header == "WWW-Authenticate" || header == "Authorization";
}

std::string one_member(const json::Member& member) {
  return '"' + member.name + "\": " + shortened(json::serialize(member.value));
}

/// On one line if it fits, else a line a member.
std::string object_text(const json::Object& object) {
  std::string together;
  std::string apart;
  for (const json::Member& member : object) {
    const bool first = together.empty();
    together += (first ? "{ " : ", ") + one_member(member);
    if (!first) apart.insert(apart.size() - 1, ",");
    apart += wrapped((first ? "{ " : "") + one_member(member), first ? kIndent : kIndent + 2, 2);
  }
  const std::string line = wrapped(together + " }", kIndent);
  if (columns(line) <= kWidth + 1 && line.find('\n') == line.size() - 1) return line;
  return apart.insert(apart.size() - 1, " }");
}

std::string headers_text(const HttpHeaders& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    if (worth_showing(name)) out += wrapped(shortened(name + ": " + value), kIndent, 2);
  }
  return out;
}

std::string spelled(const RedisCommand& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return shortened(text);
}

std::string ttl_text(const std::optional<milliseconds>& ttl) {
  if (!ttl) return "no end";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(ttl->count()) / 1000);
  return text.data();
}

std::string to_the_right(const std::string& text, std::size_t width) {
  return std::string(width > columns(text) ? width - columns(text) : 0, ' ') + text;
}

struct Mark {
  std::string_view sign;
  std::string_view ansi;
};

Mark mark_of(KeyChange::Kind kind) {
  switch (kind) {
    case KeyChange::Kind::appeared:
      return {"+", kGreen};
    case KeyChange::Kind::changed:
      return {"~", kYellow};
    case KeyChange::Kind::vanished:
      return {"−", kRed};
    case KeyChange::Kind::unchanged:
      break;
  }
  return {" ", kDim};
}

/// The last column: what the key holds, or how its time goes by.
std::string last_column(const KeyChange& change) {
  if (change.kind == KeyChange::Kind::unchanged) return "was " + ttl_text(change.before->ttl);
  return shortened(change.after->value);
}

}  // namespace

std::string TextNarrator::styled(std::string_view ansi, const std::string& text) const {
  if (!options_.colour) return text;
  return std::string(ansi) + text + std::string(kOff);
}

void TextNarrator::begin(const Scene& scene) {
  out_ << styled(kBold, "recant demo: how a JWT is taken back") << "\n\n"
       << wrapped("What follows happens now, on a Recant of its own (" + scene.url +
                      ") with a Redis of its own; nothing is staged. Each step shows what is sent "
                      "(→) and what comes back (←), the Redis command by which the well-known "
                      "recipe does the same, and the keys as that Redis then shows them: + is "
                      "new, ~ has changed, − is gone, and the number is the TTL, counting "
                      "down. Of long ids and tokens only the ends are shown.",
                  0)
       << '\n'
       << wrapped(scene.strategy == "whitelist"
                      ? "It goes by the whitelist, so a token is good only while it stands in "
                        "Redis. The other strategy, without --strategy, is the blacklist."
                      : "It goes by the blacklist, so a token is good unless it was taken back. "
                        "The other strategy is watched with --strategy whitelist.",
                  0)
       << '\n'
       << wrapped(
              "An administrator has opened an account for Alice. At the end, or at Ctrl-C, all "
              "of it is gone.",
              0)
       << std::flush;
}

void TextNarrator::step(const Step& step) {
  const std::string title = "── " + std::string(step.title) + " ";
  std::string line = title;
  for (std::size_t i = columns(title); i < kWidth; ++i) line += "─";
  out_ << '\n' << styled(kBold, line) << '\n';
}

void TextNarrator::say(std::string_view paragraph) {
  out_ << '\n' << wrapped(paragraph, 0) << std::flush;
}

void TextNarrator::exchanged(const HttpRequest& request, const HttpResponse& response,
                             Detail detail) {
  const bool full = detail == Detail::full;
  out_ << '\n'
       << "  " << styled(kCyan, "→ " + request.method + " " + request.path) << '\n'
       << headers_text(request.headers);
  if (request.body) out_ << object_text(*request.body);
  const std::string status = std::to_string(response.status) + " " + response.phrase;
  out_ << "  " << styled(response.status < 400 ? kGreen : kRed, "← " + status) << '\n'
       << headers_text(response.headers);
  const json::Value body = response.json();
  if (full && body.as_object() != nullptr) out_ << object_text(*body.as_object());
  out_ << std::flush;
}

void TextNarrator::token(const json::Object& header, const json::Object& claims) {
  members_with_notes("its header", header);
  members_with_notes("its claims", claims);
}

void TextNarrator::members_with_notes(std::string_view part, const json::Object& object) {
  constexpr std::size_t kNoteAt = 44;
  out_ << "\n  " << part << '\n';
  for (const json::Member& member : object) {
    const std::string text = std::string(kIndent, ' ') + one_member(member);
    out_ << padded(text, kNoteAt) << "  " << styled(kDim, std::string(note_on(member.name)))
         << '\n';
  }
  out_ << std::flush;
}

void TextNarrator::recipe(const std::vector<RedisCommand>& commands) {
  std::string label = "  the recipe   ";
  out_ << '\n';
  for (const RedisCommand& command : commands) {
    const std::string text = wrapped(spelled(command), columns(label), 2);
    out_ << styled(kMagenta, label) << text.substr(columns(label));
    label = std::string(columns(label), ' ');
  }
  out_ << std::flush;
}

void TextNarrator::asked(const RedisCommand& command, const std::string& answer) {
  const std::string label = "  the recipe   ";
  const std::string answers = "  Redis says   ";
  out_ << '\n'
       << styled(kMagenta, label) << spelled(command) << '\n'
       << styled(kMagenta, answers) << answer << '\n'
       << std::flush;
}

void TextNarrator::keys(const std::vector<KeyChange>& changes) {
  constexpr std::ptrdiff_t kMostUnchanged = 5;
  const auto unchanged = std::ranges::count(changes, KeyChange::Kind::unchanged, &KeyChange::kind);
  out_ << "\n  what Redis holds" << std::string(36, ' ') << "TTL\n";
  for (const KeyChange& change : changes) {
    const bool fold = change.kind == KeyChange::Kind::unchanged && unchanged > kMostUnchanged;
    if (!fold) key(change);
  }
  if (unchanged > kMostUnchanged) {
    out_ << styled(kDim, "    and " + std::to_string(unchanged) + " others, as they were") << '\n';
  }
  out_ << std::flush;
}

void TextNarrator::key(const KeyChange& change) {
  constexpr std::size_t kKeyWidth = 38;
  constexpr std::size_t kTtlWidth = 13;
  const Mark mark = mark_of(change.kind);
  std::string row = "  " + std::string(mark.sign) + " " + shortened(change.key);
  if (change.after) {
    row = padded(row, kKeyWidth + kIndent) + to_the_right(ttl_text(change.after->ttl), kTtlWidth) +
          "  " + last_column(change);
  }
  out_ << styled(mark.ansi, row) << '\n';
}

bool TextNarrator::pause() {
  if (!options_.pause) return true;
  out_ << '\n' << styled(kDim, "Enter goes on, Ctrl-C ends. ") << std::flush;
  std::string line;
  return static_cast<bool>(std::getline(in_, line));
}

void TextNarrator::end(const Scene& scene) {
  out_ << '\n'
       << wrapped("That was all. The demo's Recant, its Redis and " + scene.directory +
                      " are gone. A Recant to keep starts with: recant serve",
                  0)
       << std::flush;
}

}  // namespace recant::demo
