#include "database/sql_accounts.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "database/alone.hpp"
#include "database/attempt.hpp"

namespace recant::database {
namespace {

using service::Account;
using service::AccountError;
using service::AccountPage;
using service::Added;
using service::NewAccount;
template <class T>
using Answer = service::AccountResult<T>;

// Beyond these the caller is told `unavailable` at once instead of waiting without end.
constexpr std::size_t kWriteQueue = 256;
constexpr std::size_t kReadQueue = 1024;
constexpr int kPageLimit = 1000;
/// Anybody may ask whether we are ready, and each probe is a write to the disk.
constexpr std::chrono::seconds kProbeHolds{3};

#define RECANT_ACCOUNT_COLUMNS \
  "user_id, username, password_hash, scope, claims_json, disabled, created_at"

constexpr const char* kSelectByName =
    "SELECT " RECANT_ACCOUNT_COLUMNS " FROM accounts WHERE folded_name = :name";

/// A row as SOCI fills it.
struct AccountRow {
  std::string user_id, username, password_hash, scope, claims_json;
  int disabled = 0;
  long long created_at = 0;

  Account to_account() const {
    const auto id = Uuid::parse(user_id);
    if (!id) throw std::runtime_error("an account's user_id is not a UUID");
    return {*id,         username,      password_hash,          scope,
            claims_json, disabled != 0, unix_millis(created_at)};
  }
};

/// One statement, so that it is found by one look into an index, and nothing or all of it is read.
template <class Key>
Answer<Account> find_one(soci::session& sql, const char* select, const Key& key) {
  AccountRow row;
  sql << select, soci::use(key), soci::into(row.user_id), soci::into(row.username),
      soci::into(row.password_hash), soci::into(row.scope), soci::into(row.claims_json),
      soci::into(row.disabled), soci::into(row.created_at);
  if (!sql.got_data()) return AccountError::not_found;
  return row.to_account();
}

/// Runs a statement that changes one account.
Answer<void> change_one(soci::statement statement) {
  statement.execute(true);
  if (statement.get_affected_rows() == 0) return AccountError::not_found;
  return {};
}

/// False when the name or the id is taken.
bool insert_one(soci::session& sql, const NewAccount& account) {
  const std::string id = account.user_id.to_string();
  const long long created_at = count(account.created_at);
  const int disabled = account.disabled ? 1 : 0;
  soci::statement insert =
      (sql.prepare << "INSERT INTO accounts (" RECANT_ACCOUNT_COLUMNS
                      ", folded_name)"
                      " VALUES (:id, :name, :hash, :scope, :claims, :disabled, :created, :folded)"
                      " ON CONFLICT DO NOTHING",
       soci::use(id), soci::use(account.username.text()), soci::use(account.password_hash),
       soci::use(account.scope), soci::use(account.claims_json), soci::use(disabled),
       soci::use(created_at), soci::use(account.username.folded()));
  insert.execute(true);
  return insert.get_affected_rows() != 0;
}

Answer<std::vector<Added>> insert_all(const Engine& engine, soci::session& sql,
                                      const std::vector<NewAccount>& accounts) {
  std::vector<Added> outcomes;
  // Alone: two that add the same names in another order would wait for each other.
  Alone transaction(engine, sql);
  for (const NewAccount& account : accounts) {
    if (insert_one(sql, account)) {
      outcomes.push_back({Added::Kind::added, account.user_id});
      continue;
    }
    const auto owner = find_one(sql, kSelectByName, account.username.folded());
    outcomes.push_back(owner ? Added{Added::Kind::name_taken, owner->user_id}
                             : Added{Added::Kind::id_taken, account.user_id});
  }
  transaction.commit();
  return outcomes;
}

Answer<AccountPage> list_page(soci::session& sql, const std::string& after, int limit) {
  AccountPage page;
  AccountRow row;
  // One row more than asked for tells whether there is a next page.
  const int wanted = limit + 1;
  soci::statement select =
      (sql.prepare << "SELECT " RECANT_ACCOUNT_COLUMNS
                      " FROM accounts WHERE user_id > :after ORDER BY user_id LIMIT :wanted",
       soci::use(after), soci::use(wanted), soci::into(row.user_id), soci::into(row.username),
       soci::into(row.password_hash), soci::into(row.scope), soci::into(row.claims_json),
       soci::into(row.disabled), soci::into(row.created_at));
  select.execute();
  while (select.fetch()) {
    if (page.accounts.size() == static_cast<std::size_t>(limit)) {
      page.next = page.accounts.back().user_id.to_string();
      break;
    }
    page.accounts.push_back(row.to_account());
  }
  return page;
}

}  // namespace

SqlAccounts::SqlAccounts(Database& database, std::size_t readers)
    : database_(database), writer_(1, kWriteQueue), readers_(readers, kReadQueue) {}

template <class T, class Work>
Task<Answer<T>> SqlAccounts::run(WorkerPool& pool, Work work) {
  auto guarded = [this, work = std::move(work)]() mutable -> Answer<T> {
    auto done = attempt(database_, [&](soci::session& sql) -> Answer<T> { return work(sql); });
    if (!done) return AccountError::unavailable;
    return *std::move(done);
  };
  std::optional<Answer<T>> answer = co_await pool.run(guarded);
  if (!answer) {
    database_.report("its queue is full");
    co_return AccountError::unavailable;
  }
  co_return *std::move(answer);
}

Task<Answer<void>> SqlAccounts::add(NewAccount account) {
  return run<void>(writer_, [account = std::move(account)](soci::session& sql) -> Answer<void> {
    if (!insert_one(sql, account)) return AccountError::taken;
    return {};
  });
}

Task<Answer<std::vector<Added>>> SqlAccounts::add_all(std::vector<NewAccount> accounts) {
  return run<std::vector<Added>>(writer_,
                                 [this, accounts = std::move(accounts)](soci::session& sql) {
                                   return insert_all(database_.engine(), sql, accounts);
                                 });
}

Task<Answer<Account>> SqlAccounts::find(core::Username name) {
  return run<Account>(readers_, [name = std::move(name)](soci::session& sql) {
    return find_one(sql, kSelectByName, name.folded());
  });
}

Task<Answer<Account>> SqlAccounts::find(Uuid user_id) {
  return run<Account>(readers_, [id = user_id.to_string()](soci::session& sql) {
    return find_one(sql, "SELECT " RECANT_ACCOUNT_COLUMNS " FROM accounts WHERE user_id = :id", id);
  });
}

Task<Answer<AccountPage>> SqlAccounts::list(std::string after, int limit) {
  limit = std::clamp(limit, 1, kPageLimit);
  return run<AccountPage>(
      readers_, [after = std::move(after), limit](soci::session& sql) -> Answer<AccountPage> {
        // The engines do not agree on what text is, nor on where it comes among the ids.
        if (!after.empty() && !Uuid::parse(after)) return AccountPage{};
        return list_page(sql, after, limit);
      });
}

Task<Answer<void>> SqlAccounts::set_password(Uuid user_id, std::string password_hash,
                                             std::string replaces) {
  return run<void>(writer_, [id = user_id.to_string(), hash = std::move(password_hash),
                             old = std::move(replaces)](soci::session& sql) {
    if (old.empty()) {
      return change_one((sql.prepare << "UPDATE accounts SET password_hash = :hash"
                                        " WHERE user_id = :id",
                         soci::use(hash), soci::use(id)));
    }
    return change_one((sql.prepare << "UPDATE accounts SET password_hash = :hash"
                                      " WHERE user_id = :id AND password_hash = :old",
                       soci::use(hash), soci::use(id), soci::use(old)));
  });
}

Task<Answer<void>> SqlAccounts::set_disabled(Uuid user_id, bool disabled) {
  return run<void>(writer_, [id = user_id.to_string(),
                             flag = disabled ? 1 : 0](soci::session& sql) {
    return change_one((sql.prepare << "UPDATE accounts SET disabled = :flag WHERE user_id = :id",
                       soci::use(flag), soci::use(id)));
  });
}

Task<Answer<void>> SqlAccounts::remove(Uuid user_id) {
  return run<void>(writer_, [id = user_id.to_string()](soci::session& sql) {
    return change_one((sql.prepare << "DELETE FROM accounts WHERE user_id = :id", soci::use(id)));
  });
}

Task<Answer<void>> SqlAccounts::probe() {
  // On the one thread that writes: whoever asked meanwhile finds it done.
  return run<void>(writer_, [this](soci::session& sql) -> Answer<void> {
    using Clock = std::chrono::steady_clock;
    if (Clock::now() < probe_again_) {
      if (probe_succeeded_) return {};
      return AccountError::unavailable;
    }
    probe_succeeded_ = false;
    try {
      database_.engine().write_something(sql);
    } catch (...) {
      probe_again_ = Clock::now() + kProbeHolds;
      throw;
    }
    probe_succeeded_ = true;
    probe_again_ = Clock::now() + kProbeHolds;
    return {};
  });
}

}  // namespace recant::database
