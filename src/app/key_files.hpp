// The keys that tokens are made with, as files in <data>/keys/, one each (0600): signing keys as
// PKCS#8 PEM (HMAC secrets as base64url), refresh secrets as base64url; and keys.json, which says
// what each is for.
//
//   signing-1700000000000-ES256-<kid>.pem      refresh-1700000000000-<id>.secret
//
// keys.json is written before a new key's file, and after the file of a key is removed that nothing
// needs any more: so a file that it does not name is never one of ours, and is left alone.
//
// Used by one process (DataDirectory has the lock), by one thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "service/key_vault.hpp"

namespace recant::app {

class KeyFiles final : public service::KeyVault {
 public:
  /// `before_step` is told each change to the directory before it is made; a test pulls the plug
  /// there.
  explicit KeyFiles(std::filesystem::path directory,
                    std::function<void(std::string_view step)> before_step = {});

  /// Refused when a file is open to others, or does not hold what its name says. Without a
  /// keys.json every key file is taken, as one that may have signed until now whatever lived
  /// longest.
  Result<Content, Refused> load() override;
  Result<Committed, Refused> commit(const service::KeyBook& book,
                                    const service::KeyMaterial& material) override;

 private:
  using Files = std::map<std::string, std::filesystem::path>;  // by id

  OrRefusal<void> find_files(Content& content);
  OrRefusal<void> read_files(Content& content);
  OrRefusal<void> write_manifest(const service::KeyBook& book);
  OrRefusal<void> write_missing(const service::KeyBook& book, const service::KeyMaterial& material);
  OrRefusal<void> remove_unless(const std::function<bool(const std::string& id)>& stays);
  void step(std::string_view what) const;

  std::filesystem::path directory_;
  std::function<void(std::string_view)> before_step_;
  Files files_;  // of the keys that are in the vault
  service::KeyBook committed_;
};

}  // namespace recant::app
