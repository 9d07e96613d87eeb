// The calls of administration.
#include <algorithm>

#include "http/api.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_import.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

Response refused(const service::Failure& failure) { return to_response(to_problem(failure)); }

Response done(const service::Outcome<void>& outcome) {
  return outcome ? Response(204) : refused(outcome.error());
}

/// An id may be written in capitals; nobody's name is of a UUID's form.
std::string user_of(const Request& request) {
  const auto& given = request.params.front();
  std::string lower = given;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return Uuid::parse(lower) ? lower : given;
}

}  // namespace

Task<Response> Api::list_users(Call& call) {
  auto page = parse_page(call.request);
  if (!page) co_return to_response(page.error());
  const auto accounts = co_await services_.accounts.list(std::move(page->after), page->limit);
  if (!accounts) co_return refused(accounts.error());
  co_return accounts_response(*accounts);
}

Task<Response> Api::create_user(Call& call) {
  auto draft = parse_new_account(call.request);
  if (!draft) co_return to_response(draft.error());
  const auto account = co_await services_.accounts.create(*std::move(draft), call.caller);
  if (!account) co_return refused(account.error());
  co_return account_response(201, *account);
}

Task<Response> Api::import_users(Call& call) {
  const auto entries = parse_import(call.request);
  if (!entries) co_return to_response(entries.error());
  std::vector<service::ImportedUser> users;
  for (const ImportEntry& entry : *entries) {
    if (const auto* user = std::get_if<service::ImportedUser>(&entry)) users.push_back(*user);
  }
  const auto outcomes = co_await services_.user_import.import_users(std::move(users));
  if (!outcomes) co_return refused(outcomes.error());
  co_return import_response(*entries, *outcomes);
}

Task<Response> Api::get_user(Call& call) {
  const auto account = co_await services_.accounts.find(user_of(call.request));
  if (!account) co_return refused(account.error());
  co_return account_response(200, *account);
}

Task<Response> Api::delete_user(Call& call) {
  const auto removed = co_await services_.accounts.remove(user_of(call.request), call.caller);
  co_return done(removed);
}

Task<Response> Api::disable_user(Call& call) {
  const auto disabled = co_await services_.accounts.disable(user_of(call.request), call.caller);
  co_return done(disabled);
}

Task<Response> Api::enable_user(Call& call) {
  const auto enabled = co_await services_.accounts.enable(user_of(call.request), call.caller);
  co_return done(enabled);
}

Task<Response> Api::set_password(Call& call) {
  auto password = parse_new_password(call.request);
  if (!password) co_return to_response(password.error());
  const auto set = co_await services_.accounts.set_password(user_of(call.request),
                                                            *std::move(password), call.caller);
  co_return done(set);
}

/// By user_id or name; or any subject, for those of an application's own login.
Task<Response> Api::list_user_sessions(Call& call) {
  auto page = parse_page(call.request);
  if (!page) co_return to_response(page.error());
  auto text = user_of(call.request);
  if (services_.accounts.policy().enabled && !Uuid::parse(text)) {
    const auto account = co_await services_.accounts.find(text);
    if (account) {
      text = account->user_id.to_string();
    } else if (account.error().code != service::FailureCode::not_found) {
      co_return refused(account.error());
    }
  }
  const auto subject = core::Subject::parse(text);
  if (!subject) {
    const Problem problem{Code::not_found, "There is no such account."};
    co_return to_response(problem);
  }
  const auto sessions =
      co_await services_.sessions.list(*subject, std::move(page->after), page->limit);
  if (!sessions) co_return refused(sessions.error());
  co_return sessions_response(*sessions, nullptr);
}

Task<Response> Api::open_session(Call& call) {
  auto draft = parse_new_session(call.request);
  if (!draft) co_return to_response(draft.error());
  service::Device device{std::move(draft->device), call.caller.user_agent, call.caller.address};
  const auto tokens = co_await services_.sign_in.sign_in_vouched(
      draft->subject, std::move(draft->grant), std::move(device), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return tokens_response(201, *tokens);
}

Task<Response> Api::revoke(Call& call) {
  auto order = parse_revocation(call.request);
  if (!order) co_return to_response(order.error());
  const auto revocation = co_await services_.revocations.revoke(*std::move(order), call.caller);
  if (!revocation) co_return refused(revocation.error());
  co_return revocation_response(*revocation);
}

Task<Response> Api::list_keys(Call&) { co_return keys_response(services_.keys.list()); }

Task<Response> Api::rotate_keys(Call& call) {
  auto order = parse_rotation(call.request);
  if (!order) co_return to_response(order.error());
  const auto rotation = co_await services_.keys.rotate(*std::move(order), call.caller);
  if (!rotation) co_return refused(rotation.error());
  co_return rotation_response(*rotation);
}

}  // namespace recant::http
