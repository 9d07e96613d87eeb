#include "service/user_import.hpp"

#include "crypto/imported_hash.hpp"

namespace recant::service {
namespace {

ImportOutcome outcome_of(const Added& added, const ImportedUser& user) {
  using Kind = ImportOutcome::Kind;
  switch (added.kind) {
    case Added::Kind::added:
      return {Kind::imported, added.user_id, {}};
    case Added::Kind::name_taken:
      if (user.user_id && *user.user_id != added.user_id) {
        return {Kind::refused,
                {},
                "username: it belongs to another account, " + added.user_id.to_string() + "."};
      }
      return {Kind::present, added.user_id, {}};
    case Added::Kind::id_taken:
      break;
  }
  return {Kind::refused, {}, "user_id: it belongs to an account of another name."};
}

}  // namespace

std::optional<NewAccount> UserImport::to_account(const ImportedUser& user, std::string& refusal) {
  auto name = core::Username::parse(user.username);
  if (!name) {
    refusal = "username: 1 to 128 bytes of text without control characters, and not a UUID.";
    return std::nullopt;
  }
  if (const auto hash = crypto::ImportedHash::parse(user.password_hash); !hash) {
    refusal = "password_hash: " + hash.error();
    return std::nullopt;
  }
  const auto now = clock_.wall();
  const Uuid user_id = user.user_id ? *user.user_id : Uuid::version7(now, random_.bytes<10>());
  return NewAccount{user_id, *std::move(name), user.password_hash, user.scope, user.claims_json,
                    now,     user.disabled};
}

Task<Outcome<std::vector<ImportOutcome>>> UserImport::import_users(
    std::vector<ImportedUser> users) {
  std::vector<ImportOutcome> outcomes;
  std::vector<NewAccount> accounts;
  for (const ImportedUser& user : users) {
    ImportOutcome outcome{ImportOutcome::Kind::refused, {}, {}};
    if (auto account = to_account(user, outcome.detail)) {
      outcome.kind = ImportOutcome::Kind::imported;
      accounts.push_back(*std::move(account));
    }
    outcomes.push_back(std::move(outcome));
  }
  const auto added = co_await store_.add_all(std::move(accounts));
  if (!added) co_return unavailable();
  auto next = added->begin();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].kind != ImportOutcome::Kind::refused) {
      outcomes[i] = outcome_of(*next++, users[i]);
    }
  }
  co_return outcomes;
}

}  // namespace recant::service
