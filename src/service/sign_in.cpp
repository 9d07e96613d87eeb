#include "service/sign_in.hpp"

#include "service/policy.hpp"

namespace recant::service {
namespace {

Failure wrong_credentials() {
  return {FailureCode::invalid_credentials, "The username or the password is wrong."};
}

Failure disabled() {
  return {FailureCode::account_disabled, "This account is disabled. Ask an administrator."};
}

Failure throttled(seconds wait) {
  return {FailureCode::throttled,
          "Too many attempts at this username from here. Wait until the next one.",
          {},
          wait};
}

Failure busy() {
  return {FailureCode::busy,
          "Too many passwords are being checked. Try again in a moment.",
          {},
          seconds{1}};
}

/// Once more if a watermark is raised in between; whoever raises one a second time is likely to go
/// on.
constexpr int kOpenAttempts = 2;

Failure raced() {
  return unavailable("The account's sessions were revoked during the login. Try again.");
}

/// For the log.
std::string_view word_for(FailureCode code) {
  switch (code) {
    case FailureCode::invalid_credentials:
      return "invalid_credentials";
    case FailureCode::account_disabled:
      return "account_disabled";
    case FailureCode::session_limit:
      return "session_limit";
    case FailureCode::throttled:
      return "throttled";
    case FailureCode::busy:
      return "busy";
    default:
      return "unavailable";
  }
}

SecretString copy(const SecretString& secret) { return SecretString{std::string(secret.reveal())}; }

}  // namespace

Task<Outcome<Tokens>> SignIn::login(Credentials credentials, Caller caller) {
  std::string subject;
  auto tokens = co_await authenticate_and_open(credentials, caller, subject);
  if (!tokens) {
    const bool is_throttled = tokens.error().code == FailureCode::throttled;
    const EventFields fields{.subject = subject, .detail = word_for(tokens.error().code)};
    events_.record(is_throttled ? Event::login_throttled : Event::login_failed, caller, fields);
    co_return tokens.error();
  }
  record_success(*tokens, caller);
  co_return *std::move(tokens);
}

/// A hash that another login upgraded meanwhile is no longer the one that was compared: then the
/// password is compared with what stands now. Whoever lost a race with a change of the password is
/// refused by that.
Task<Outcome<Tokens>> SignIn::authenticate_and_open(const Credentials& credentials,
                                                    const Caller& caller, std::string& subject) {
  for (int attempt = 1;; ++attempt) {
    const auto account = co_await authenticate(credentials, caller, subject);
    if (!account) co_return account.error();
    Device device{credentials.device, caller.user_agent, caller.address};
    auto tokens =
        co_await open_for(account->user_id, account->password_hash, std::move(device), caller);
    const bool replaced = !tokens && tokens.error().code == FailureCode::invalid_credentials;
    if (!replaced || attempt == kOpenAttempts) co_return tokens;
  }
}

void SignIn::record_success(const Tokens& tokens, const Caller& caller) {
  const std::string sid = tokens.session_id.to_string();
  const EventFields fields{.subject = tokens.user_id.text(), .session = sid, .actor = caller.actor};
  events_.record(Event::login_ok, caller, fields);
}

Task<Outcome<Tokens>> SignIn::sign_in_vouched(core::Subject subject, Grant grant, Device device,
                                              Caller caller) {
  const auto user_id = Uuid::parse(subject.text());
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    auto gate = co_await opener_.read_gate(subject);
    if (!gate) co_return gate.error();
    if (user_id) {
      const auto account = co_await accounts_.find(*user_id);
      if (!account && account.error() != AccountError::not_found) co_return unavailable();
      if (account && account->disabled) co_return disabled();
    }
    auto tokens = co_await opener_.open(subject, *std::move(gate), grant, device, caller);
    if (!tokens) co_return tokens.error();
    if (!*tokens) continue;
    record_success(**tokens, caller);
    co_return **std::move(tokens);
  }
  co_return raced();
}

/// Does the same work whether or not the name exists, so that neither the answer nor its time
/// tells (ASVS 6.3.8).
Task<Outcome<Account>> SignIn::authenticate(const Credentials& credentials, const Caller& caller,
                                            std::string& subject) {
  if (credentials.password.reveal().size() > kPasswordMaxBytes) co_return wrong_credentials();
  std::optional<Account> account;
  if (const auto name = core::Username::parse(credentials.username)) {
    auto found = co_await accounts_.find(*name);
    if (found) {
      account = *std::move(found);
      subject = account->user_id.to_string();
    } else if (found.error() != AccountError::not_found) {
      co_return unavailable();
    }
  }
  std::string hash = account ? account->password_hash : std::string{};
  const auto check = co_await try_password(credentials.username, std::move(hash),
                                           copy(credentials.password), caller);
  if (!check) co_return check.error();
  if (!account || !check->matches) co_return wrong_credentials();
  if (check->outdated && !account->disabled) {
    auto upgraded = co_await upgrade_hash(*account, credentials);
    account->password_hash = std::move(upgraded);
  }
  co_return *std::move(account);
}

Task<Outcome<PasswordCheck>> SignIn::try_password(std::string username, std::string hash,
                                                  SecretString password, Caller caller) {
  const auto name = core::Username::parse(username);
  const Guess guess{name ? name->folded() : std::move(username), caller.address};
  const auto wait = co_await throttle_.admit(guess);
  if (!wait) co_return unavailable();
  if (*wait) co_return throttled(**wait);
  const auto check = co_await hasher_.check(std::move(hash), std::move(password));
  // What cannot be taken back now is taken back by time; a session needs Redis anyway.
  if (!check) {
    co_await throttle_.was_not_judged(guess);
    co_return busy();
  }
  if (check->matches) co_await throttle_.was_right(guess);
  co_return *check;
}

Task<std::string> SignIn::upgrade_hash(const Account& account, const Credentials& credentials) {
  auto hash = co_await hasher_.hash(copy(credentials.password));
  if (!hash) co_return account.password_hash;
  const auto stored =
      co_await accounts_.set_password(account.user_id, *hash, account.password_hash);
  co_return stored ? *std::move(hash) : account.password_hash;
}

Task<Outcome<Tokens>> SignIn::open_for(Uuid user_id, std::string password_hash, Device device,
                                       Caller caller) {
  const auto subject = core::Subject::parse(user_id.to_string());
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    auto gate = co_await opener_.read_gate(*subject);
    if (!gate) co_return gate.error();
    const auto account = co_await accounts_.find(user_id);
    if (!account && account.error() != AccountError::not_found) co_return unavailable();
    if (!account || account->password_hash != password_hash) co_return wrong_credentials();
    if (account->disabled) co_return disabled();
    Grant grant{account->scope, account->claims_json};
    auto tokens =
        co_await opener_.open(*subject, *std::move(gate), std::move(grant), device, caller);
    if (!tokens) co_return tokens.error();
    if (*tokens) co_return **std::move(tokens);
  }
  co_return raced();
}

}  // namespace recant::service
