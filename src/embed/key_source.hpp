// Where one issuer's keys come from, and how they are read there.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/read_file.hpp"
#include "base/result.hpp"
#include "fetch/web_url.hpp"
#include "verify/issuer_keys.hpp"

namespace recant::embed {

struct JwksFile {
  std::string path;
};
struct SecretFile {
  std::string path;
};

/// A value.
struct KeySource {
  std::string option;  ///< for messages: "jwks_file", "the jwks_url of issuer keycloak"
  std::string owner;   ///< for messages: "the issuer keycloak"
  std::variant<fetch::WebUrl, JwksFile, SecretFile> place;
  std::vector<crypto::Algorithm> algorithms;

  const fetch::WebUrl* url() const { return std::get_if<fetch::WebUrl>(&place); }
  bool is_secret() const { return std::holds_alternative<SecretFile>(place); }
  /// For messages.
  std::string where() const;
};

/// A file's keys, read again only when it has changed. One thread at a time.
class KeyFile {
 public:
  /// Nothing when it is as it was. On failure what is wrong, to follow where().
  Result<std::optional<verify::IssuerKeys>, std::string> look(const KeySource& source);

 private:
  std::optional<FileStamp> read_;
};

}  // namespace recant::embed
