#include "service/accounts.hpp"

#include "service/password_rules.hpp"

namespace recant::service {
namespace {

Failure no_such_account() { return {FailureCode::not_found, "There is no such account."}; }

Failure from(AccountError error) {
  switch (error) {
    case AccountError::taken:
      return {FailureCode::username_taken, "This username is taken. Choose another."};
    case AccountError::not_found:
      return no_such_account();
    case AccountError::unavailable:
      break;
  }
  return unavailable();
}

Failure busy() {
  return {FailureCode::busy,
          "Too many passwords are being checked. Try again in a moment.",
          {},
          seconds{1}};
}

/// The change is committed, its sessions could not be ended: the caller must know both.
Failure half_done() {
  return unavailable(
      "The account was changed, but its sessions could not be ended, since Redis does not answer. "
      "Repeat the call.");
}

}  // namespace

Task<Outcome<Account>> Accounts::sign_up(AccountDraft draft, Caller caller) {
  if (!policy_.signup) {
    co_return Failure{FailureCode::forbidden,
                      "Only an administrator opens accounts here (accounts.signup is off)."};
  }
  co_return co_await create(std::move(draft), std::move(caller));
}

Task<Outcome<Account>> Accounts::create(AccountDraft draft, Caller caller) {
  auto name = core::Username::parse(draft.username);
  if (!name) {
    co_return Failure{
        FailureCode::invalid_request,
        "username: 1 to 128 bytes of text without control characters, and not a UUID."};
  }
  if (auto refused = refuse_password(draft.password.reveal(), policy_)) co_return *refused;
  // Before the slow hash, as a courtesy; the unique name in the database decides.
  const auto present = co_await store_.find(*name);
  if (present) co_return from(AccountError::taken);
  if (present.error() != AccountError::not_found) co_return unavailable();
  auto hashed = co_await hash(std::move(draft.password));
  if (!hashed) co_return hashed.error();

  const auto now = clock_.wall();
  const auto user_id = Uuid::version7(now, random_.bytes<10>());
  Account account{user_id, name->text(), *hashed, draft.scope, draft.claims_json, false, now};
  NewAccount row{user_id,     *std::move(name),  *std::move(hashed),
                 draft.scope, draft.claims_json, now};
  const auto added = co_await store_.add(std::move(row));
  if (!added) co_return from(added.error());
  const std::string subject = user_id.to_string();
  const EventFields fields{.subject = subject};
  events_.record(Event::user_added, caller, fields);
  co_return account;
}

Task<Outcome<Account>> Accounts::find(std::string id_or_name) {
  const auto user_id = Uuid::parse(id_or_name);
  const auto name = core::Username::parse(id_or_name);
  if (!user_id && !name) co_return no_such_account();
  // One statement each: g++ 12 mishandles co_await in a conditional expression.
  AccountResult<Account> found{AccountError::not_found};
  if (user_id) {
    found = co_await store_.find(*user_id);
  } else {
    found = co_await store_.find(*name);
  }
  if (!found) co_return from(found.error());
  co_return *std::move(found);
}

Task<Outcome<AccountPage>> Accounts::list(std::string after, int limit) {
  auto page = co_await store_.list(std::move(after), limit);
  if (!page) co_return from(page.error());
  co_return *std::move(page);
}

Task<Outcome<void>> Accounts::disable(std::string id_or_name, Caller caller) {
  const auto account = co_await find(std::move(id_or_name));
  if (!account) co_return account.error();
  const auto done = co_await store_.set_disabled(account->user_id, true);
  if (!done) co_return from(done.error());
  const std::string user_id = account->user_id.to_string();
  const EventFields fields{.subject = user_id};
  events_.record(Event::user_disabled, caller, fields);
  co_return co_await end_sessions(account->user_id, core::Reason::disabled, std::move(caller));
}

Task<Outcome<void>> Accounts::enable(std::string id_or_name, Caller caller) {
  const auto account = co_await find(std::move(id_or_name));
  if (!account) co_return account.error();
  const auto done = co_await store_.set_disabled(account->user_id, false);
  if (!done) co_return from(done.error());
  const std::string user_id = account->user_id.to_string();
  const EventFields fields{.subject = user_id};
  events_.record(Event::user_enabled, caller, fields);
  co_return Outcome<void>{};
}

Task<Outcome<void>> Accounts::remove(std::string id_or_name, Caller caller) {
  const auto account = co_await find(std::move(id_or_name));
  if (!account) co_return account.error();
  // Disabled first and removed last: if Redis does not answer in between, the account is still
  // there to repeat the call on, and nobody can sign in to it.
  const auto disabled = co_await store_.set_disabled(account->user_id, true);
  if (!disabled) co_return from(disabled.error());
  const auto ended = co_await end_sessions(account->user_id, core::Reason::deleted, caller);
  if (!ended) co_return ended.error();
  const auto removed = co_await store_.remove(account->user_id);
  if (!removed) co_return from(removed.error());
  const std::string user_id = account->user_id.to_string();
  const EventFields fields{.subject = user_id};
  events_.record(Event::user_deleted, caller, fields);
  co_return Outcome<void>{};
}

Task<Outcome<void>> Accounts::set_password(std::string id_or_name, SecretString password,
                                           Caller caller) {
  if (auto refused = refuse_password(password.reveal(), policy_)) co_return *refused;
  const auto account = co_await find(std::move(id_or_name));
  if (!account) co_return account.error();
  auto hashed = co_await hash(std::move(password));
  if (!hashed) co_return hashed.error();
  const std::string whatever_stands;
  const auto done =
      co_await store_.set_password(account->user_id, *std::move(hashed), whatever_stands);
  if (!done) co_return from(done.error());
  const std::string user_id = account->user_id.to_string();
  const EventFields fields{.subject = user_id};
  events_.record(Event::password_changed, caller, fields);
  co_return co_await end_sessions(account->user_id, core::Reason::password_change,
                                  std::move(caller));
}

Task<Outcome<Tokens>> Accounts::change_password(core::Subject subject, SecretString old_password,
                                                SecretString new_password, Caller caller) {
  // By id only: a subject of an application's own login may spell somebody's username.
  const auto own_id = Uuid::parse(subject.text());
  if (!own_id) co_return no_such_account();
  const auto account = co_await store_.find(*own_id);
  if (!account) co_return from(account.error());
  if (auto refused = refuse_password(new_password.reveal(), policy_)) co_return *refused;
  // Somebody may be guessing, with a token that was stolen.
  const auto check = co_await sign_in_.try_password(account->username, account->password_hash,
                                                    std::move(old_password), caller);
  if (!check) {
    const EventFields fields{.subject = subject.text(), .detail = "throttled"};
    if (check.error().code == FailureCode::throttled) {
      events_.record(Event::login_throttled, caller, fields);
    }
    co_return check.error();
  }
  if (!check->matches) {
    const EventFields fields{.subject = subject.text(), .detail = "wrong_password"};
    events_.record(Event::login_failed, caller, fields);
    co_return Failure{FailureCode::wrong_password, "The old password is wrong."};
  }
  const auto hashed = co_await hash(std::move(new_password));
  if (!hashed) co_return hashed.error();
  const auto done = co_await store_.set_password(account->user_id, *hashed, account->password_hash);
  if (!done && done.error() == AccountError::not_found) {
    co_return Failure{FailureCode::wrong_password, "The password was changed meanwhile."};
  }
  if (!done) co_return from(done.error());
  const EventFields changed{.subject = subject.text()};
  events_.record(Event::password_changed, caller, changed);
  const auto ended = co_await end_sessions(account->user_id, core::Reason::password_change, caller);
  if (!ended) {
    co_return unavailable(
        "The password was changed, but the other sessions could not be ended, since Redis does not "
        "answer. Sign in with the new password and log out everywhere.");
  }
  Device device{{}, caller.user_agent, caller.address};
  auto tokens = co_await sign_in_.open_for(account->user_id, *hashed, std::move(device), caller);
  if (tokens) sign_in_.record_success(*tokens, caller);
  co_return tokens;
}

Task<Outcome<std::string>> Accounts::hash(SecretString password) {
  auto hashed = co_await hasher_.hash(std::move(password));
  if (!hashed) co_return busy();
  co_return *std::move(hashed);
}

Task<Outcome<void>> Accounts::end_sessions(Uuid user_id, core::Reason reason, Caller caller) {
  auto subject = core::Subject::parse(user_id.to_string());
  const auto ended =
      co_await sessions_.end_all(*std::move(subject), std::move(reason), false, std::move(caller));
  if (!ended) co_return half_done();
  co_return Outcome<void>{};
}

}  // namespace recant::service
