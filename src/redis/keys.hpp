// How each Redis key is spelled (contract §1, docs/redis-keys.md), and nothing else spells one:
// scripts are given whole keys, or the beginning of keys whose end they find in a record.
//
// Immutable, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy.hpp"

namespace recant::redis {

struct KeyOptions {
  /// Goes before every key, as it is (`redis.prefix`); empty: nothing.
  std::string prefix;
  /// Writes the subject `{subject}`, so that what belongs to one subject shares a slot of a Cluster
  /// (`redis.hash_tags`).
  bool hash_tags = false;
};

/// Each function with an id gives, for an empty id, what all keys of that family begin with; of a
/// subject's family, all keys of that subject.
class Keys {
 public:
  explicit Keys(KeyOptions options = {}) : options_(std::move(options)) {}

  std::string blacklisted_jti(std::string_view jti) const;
  std::string blacklisted_session(std::string_view sid) const;
  /// A watermark: sessions of this subject begun at or before it are dead.
  std::string blacklisted_subject(std::string_view subject) const;
  /// A watermark for everybody.
  std::string blacklisted_all() const;
  /// This token of the subject is alive (whitelist strategy).
  std::string whitelisted_jti(std::string_view subject, std::string_view jti) const;

  /// `id` is base64url(SHA-256(token)). Without hash tags it does not name the subject.
  std::string refresh_token(std::string_view subject, std::string_view id) const;
  /// Of a service before this one, which kept the token itself in the key and knows no hash tags.
  std::string foreign_refresh_token(std::string_view token) const;
  /// What a foreign refresh token became; `id` is base64url(SHA-256(token)).
  std::string adopted(std::string_view id) const;
  std::string session(std::string_view subject, std::string_view sid) const;
  /// The index of a subject's sessions.
  std::string sessions(std::string_view subject) const;

  std::string reason_for_jti(std::string_view jti) const;
  std::string reason_for_session(std::string_view sid) const;
  std::string reason_for_subject(std::string_view subject) const;
  std::string reason_for_all() const;

  /// How this Redis's keys are spelled: `plain` or `tagged`. Without a subject, and so without a
  /// tag.
  std::string form() const;
  core::KeyForm spelling() const {
    return options_.hash_tags ? core::KeyForm::tagged : core::KeyForm::plain;
  }
  std::string_view form_name() const { return name_of(spelling()); }
  /// The same keys in the other form.
  Keys in_other_form() const { return Keys({options_.prefix, !options_.hash_tags}); }
  /// What may be a key of a subject's, as SCAN takes it.
  std::string subjects_pattern() const;
  /// Every place of this subject's, and none of another's, as SCAN takes it.
  std::string whitelist_pattern(std::string_view subject) const;

  /// What the keys begin with that a verifier is told the changes of: whatever takes a token back,
  /// what lets it live, and the policy. No session's record: that one stands, or does not, is
  /// asked with the question, and what Recant does to it comes with an entry of the blacklist.
  std::vector<std::string> watched() const;

  /// What every key begins with: one of these.
  std::vector<std::string> beginnings() const;

  /// The latest absolute end of any session ever issued, Unix ms.
  std::string horizon() const;
  /// Subjects with a session that began ahead of Redis's clock, by its beginning.
  std::string ahead() const;
  /// core::Policy.
  std::string policy() const;

  /// Failed logins, each by a digest: of a name from one address, of a name, of an address; and
  /// that the owner of the name has signed in from the address.
  std::string failed_pair(std::string_view digest) const;
  std::string failed_name(std::string_view digest) const;
  std::string failed_address(std::string_view digest) const;
  std::string proven_address(std::string_view digest) const;
  /// With which all four begin.
  std::string throttles() const;

  /// A key of a subject's, taken apart.
  struct SubjectKey {
    enum class Kind { watermark, index, record, other } kind;
    std::string family;           ///< without the prefix
    std::string encoded_subject;  ///< as it stands in the key
    std::string rest;             ///< behind the subject
  };
  /// Nothing of a key that is not a subject's, or is spelled in the other form.
  std::optional<SubjectKey> take_apart(std::string_view key) const;
  std::string put_together(const SubjectKey& parts) const;
  /// As refresh_token(subject, {}), of a subject that is encoded already.
  std::string refresh_tokens_of(const SubjectKey& parts) const;

 private:
  std::string make(std::string_view family, std::string_view id) const;
  std::string of_subject(std::string_view family, std::string_view subject) const;
  KeyOptions options_;
};

/// Percent-encodes the bytes that separate or tag in a key, `% { } :`, space and controls, so that
/// no two names spell one key. UTF-8 stays as it is.
std::string encode_in_key(std::string_view id);

/// A pattern of Redis (SCAN, KEYS) that this text matches, and nothing else.
std::string escape_glob(std::string_view text);

}  // namespace recant::redis
