#include "redis/keys.hpp"

#include <algorithm>
#include <array>

#include "base/percent.hpp"

namespace recant::redis {
namespace {

bool must_be_encoded(unsigned char byte) {
  constexpr unsigned char kDel = 0x7f;
  return byte <= ' ' || byte == kDel || byte == '%' || byte == '{' || byte == '}' || byte == ':';
}

}  // namespace

std::string encode_in_key(std::string_view id) {
  return percent_encode(id, [](unsigned char byte) { return !must_be_encoded(byte); });
}

std::string escape_glob(std::string_view text) {
  constexpr std::string_view kMeanMore = "*?[]\\";
  std::string pattern;
  for (const char c : text) {
    if (kMeanMore.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string Keys::make(std::string_view family, std::string_view id) const {
  std::string key = options_.prefix;
  key += family;
  key += encode_in_key(id);
  return key;
}

std::string Keys::of_subject(std::string_view family, std::string_view subject) const {
  if (!options_.hash_tags) return make(family, subject);
  // The brace of the tag must be the first of the key: no prefix and no family holds one.
  std::string key = options_.prefix;
  key += family;
  key += '{';
  key += encode_in_key(subject);
  key += '}';
  return key;
}

std::string Keys::blacklisted_jti(std::string_view jti) const {
  return make("blacklist:jti:", jti);
}

std::string Keys::blacklisted_session(std::string_view sid) const {
  return make("blacklist:session:", sid);
}

std::string Keys::blacklisted_subject(std::string_view subject) const {
  return of_subject("blacklist:user:", subject);
}

std::string Keys::blacklisted_all() const { return make("blacklist:all", {}); }

std::string Keys::whitelisted_jti(std::string_view subject, std::string_view jti) const {
  return of_subject("whitelist:user:", subject) + ":jti:" + encode_in_key(jti);
}

std::vector<std::string> Keys::watched() const {
  return {make("blacklist:", {}), make("whitelist:", {}), policy()};
}

std::string Keys::whitelist_pattern(std::string_view subject) const {
  return escape_glob(whitelisted_jti(subject, {})) + '*';
}

std::string Keys::subjects_pattern() const { return escape_glob(options_.prefix) + "*user:*"; }

std::string Keys::refresh_token(std::string_view subject, std::string_view id) const {
  const std::string_view family = "refresh_token:";
  if (!options_.hash_tags) return make(family, id);
  return of_subject(family, subject) + encode_in_key(id);
}

std::string Keys::foreign_refresh_token(std::string_view token) const {
  return make("refresh_token:", token);
}

std::string Keys::adopted(std::string_view id) const { return make("recant:adopted:", id); }

std::string Keys::session(std::string_view subject, std::string_view sid) const {
  return of_subject("session:user:", subject) + ":" + encode_in_key(sid);
}

std::string Keys::sessions(std::string_view subject) const {
  return of_subject("sessions:user:", subject);
}

std::string Keys::reason_for_jti(std::string_view jti) const {
  return make("recant:reason:jti:", jti);
}

std::string Keys::reason_for_session(std::string_view sid) const {
  return make("recant:reason:session:", sid);
}

std::string Keys::reason_for_subject(std::string_view subject) const {
  return of_subject("recant:reason:user:", subject);
}

std::string Keys::reason_for_all() const { return make("recant:reason:all", {}); }

std::string Keys::form() const { return make("recant:key_form", {}); }

std::optional<Keys::SubjectKey> Keys::take_apart(std::string_view key) const {
  using Kind = SubjectKey::Kind;
  struct Family {
    std::string_view name;
    Kind kind;
    bool goes_on;  // behind the subject
  };
  constexpr std::array kFamilies = {Family{"blacklist:user:", Kind::watermark, false},
                                    Family{"sessions:user:", Kind::index, false},
                                    Family{"session:user:", Kind::record, true},
                                    Family{"whitelist:user:", Kind::other, true},
                                    Family{"recant:reason:user:", Kind::other, false}};
  if (!key.starts_with(options_.prefix)) return std::nullopt;
  key.remove_prefix(options_.prefix.size());
  for (const Family& family : kFamilies) {
    if (!key.starts_with(family.name)) continue;
    std::string_view rest = key.substr(family.name.size());
    if (rest.starts_with('{') != options_.hash_tags) return std::nullopt;
    if (options_.hash_tags) rest.remove_prefix(1);
    const std::size_t end =
        options_.hash_tags ? rest.find('}') : std::min(rest.find(':'), rest.size());
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    SubjectKey parts{family.kind, std::string(family.name), std::string(rest.substr(0, end)), {}};
    parts.rest = rest.substr(end + (options_.hash_tags ? 1 : 0));
    const bool fits = family.goes_on ? parts.rest.starts_with(':') : parts.rest.empty();
    return fits ? std::optional(std::move(parts)) : std::nullopt;
  }
  return std::nullopt;
}

std::string Keys::put_together(const SubjectKey& parts) const {
  const std::string subject =
      options_.hash_tags ? "{" + parts.encoded_subject + "}" : parts.encoded_subject;
  return options_.prefix + parts.family + subject + parts.rest;
}

std::string Keys::refresh_tokens_of(const SubjectKey& parts) const {
  const std::string beginning = options_.prefix + "refresh_token:";
  return options_.hash_tags ? beginning + "{" + parts.encoded_subject + "}" : beginning;
}

std::vector<std::string> Keys::beginnings() const {
  std::vector<std::string> all;
  for (const char* family : {"blacklist:", "whitelist:", "session:user:", "sessions:user:",
                             "refresh_token:", "recant:", "throttle:"}) {
    all.push_back(options_.prefix + family);
  }
  return all;
}

std::string Keys::horizon() const { return make("recant:horizon", {}); }
std::string Keys::ahead() const { return make("recant:ahead", {}); }

std::string Keys::policy() const { return make("recant:policy", {}); }

std::string Keys::failed_pair(std::string_view digest) const {
  return make("throttle:pair:", digest);
}
std::string Keys::failed_name(std::string_view digest) const {
  return make("throttle:name:", digest);
}
std::string Keys::failed_address(std::string_view digest) const {
  return make("throttle:address:", digest);
}
std::string Keys::proven_address(std::string_view digest) const {
  return make("throttle:proven:", digest);
}
std::string Keys::throttles() const { return make("throttle:", {}); }

}  // namespace recant::redis
