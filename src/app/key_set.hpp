// The keys that tokens are made with, in the database that several servers share: all of them and
// what each is for as one text, sealed with keys.seal_file. Who holds the database alone can read
// none of it, nor put an older key or one of his own among them unnoticed.
//
// A change counts only in the place of the version that it was made from, so of two servers that
// change the set at the same moment one is told that it was outrun.
//
// One thread at a time; every call blocks on the database.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crypto/sealer.hpp"
#include "database/sql_key_set.hpp"
#include "service/key_vault.hpp"

namespace recant::app {

class KeySet final : public service::KeyVault {
 public:
  /// `sealers` as keys.seal_file has them, `file` its name for messages. `wait` returns after so
  /// long.
  KeySet(database::Database& database, std::vector<crypto::Sealer> sealers, std::string file,
         RandomSource& random, std::function<void(milliseconds)> wait);

  /// Refused when the set was sealed with something else, or is damaged. What another line than the
  /// first of keys.seal_file had sealed is sealed anew; only here, at a start, so that servers on
  /// their way from one seal to another do not undo what the others did.
  Result<Content, Refused> load() override;
  Result<Committed, Refused> commit(const service::KeyBook& book,
                                    const service::KeyMaterial& material) override;
  bool is_shared() const override { return true; }
  Result<std::optional<Content>, Refused> news() override;
  void await_others() override;

 private:
  struct Read {
    Content content;
    std::string seal;   // the id of who sealed it; empty where there is no set
    SecretString text;  // as it was sealed
  };
  Result<Read, Refused> read();
  Result<SecretString, Refused> open(const database::SealedKeySet& set);
  Result<Committed, Refused> put(std::string_view text);
  Refused cannot_open(const std::string& why) const;

  database::SqlKeySet table_;
  const std::string database_;  // its name
  const std::vector<crypto::Sealer> sealers_;
  const std::string file_;
  RandomSource& random_;
  const std::function<void(milliseconds)> wait_;
  std::int64_t version_ = 0;  // that this server knows
};

}  // namespace recant::app
