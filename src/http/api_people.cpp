// The calls of those who sign in.
#include "http/api.hpp"
#include "http/credentials.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

Response refused(const service::Failure& failure) { return to_response(to_problem(failure)); }

}  // namespace

Task<Response> Api::sign_up(Call& call) {
  auto draft = parse_sign_up(call.request);
  if (!draft) co_return to_response(draft.error());
  const auto account = co_await services_.accounts.sign_up(*std::move(draft), call.caller);
  if (!account) co_return refused(account.error());
  co_return signed_up_response(*account);
}

Task<Response> Api::login(Call& call) {
  auto credentials = parse_login(call.request);
  if (!credentials) co_return to_response(credentials.error());
  const auto tokens = co_await services_.sign_in.login(*std::move(credentials), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return tokens_response(200, *tokens);
}

Task<Response> Api::refresh(Call& call) {
  auto token = parse_refresh(call.request);
  if (!token) co_return to_response(token.error());
  const auto tokens = co_await services_.refresh.refresh(*std::move(token), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return tokens_response(200, *tokens);
}

/// Of a session whose access token may have expired, or by its refresh token; one of them.
Task<Response> Api::logout(Call& call) {
  const auto bearer = bearer_of(call.request);
  if (!bearer) co_return to_response(bearer.error());
  auto refresh_token = parse_logout(call.request);
  if (!refresh_token) co_return to_response(refresh_token.error());
  if (bearer->empty() && !*refresh_token) co_return to_response(no_token());
  if (!bearer->empty() && *refresh_token) {
    const Problem both{Code::invalid_request,
                       "Log out by the access token or by refresh_token, not by both."};
    co_return to_response(both);
  }
  if (*refresh_token) {
    const auto ended = co_await services_.revocations.revoke_refresh_token(
        **std::move(refresh_token), core::Reason::logout, call.caller);
    if (!ended) co_return refused(ended.error());
    co_return Response(204);
  }
  auto token = services_.check.identify(*bearer);
  if (!token) co_return to_response(to_token_problem(token.error()));
  const auto ended = co_await services_.revocations.log_out(*std::move(token), call.caller);
  if (!ended) co_return refused(ended.error());
  co_return Response(204);
}

Task<Response> Api::logout_all(Call& call) {
  const auto ended = co_await services_.sessions.end_all(
      call.token->subject(), core::Reason::logout_all, false, call.caller);
  if (!ended) co_return refused(ended.error());
  co_return json_response(200, {{"sessions", ended->sessions}});
}

Task<Response> Api::me(Call& call) {
  json::Value username;
  // By id only: the subject of an application's own login may spell somebody's username.
  const auto& subject = call.token->subject().text();
  if (services_.accounts.policy().enabled && Uuid::parse(subject)) {
    auto account = co_await services_.accounts.find(subject);
    if (account) {
      username = std::move(account->username);
    } else if (account.error().code != service::FailureCode::not_found) {
      co_return refused(account.error());
    }
  }
  co_return me_response(*call.token, std::move(username));
}

Task<Response> Api::list_sessions(Call& call) {
  auto page = parse_page(call.request);
  if (!page) co_return to_response(page.error());
  const auto sessions =
      co_await services_.sessions.list(call.token->subject(), std::move(page->after), page->limit);
  if (!sessions) co_return refused(sessions.error());
  co_return sessions_response(*sessions, &call.token->sid());
}

Task<Response> Api::end_session(Call& call) {
  const auto sid = Uuid::parse(call.request.params.front());
  if (!sid) {
    const Problem problem{Code::not_found, "There is no such session; it may have ended."};
    co_return to_response(problem);
  }
  const auto ended = co_await services_.sessions.end_listed(call.token->subject(), *sid,
                                                            core::Reason::logout, call.caller);
  if (!ended) co_return refused(ended.error());
  co_return Response(204);
}

Task<Response> Api::change_password(Call& call) {
  auto change = parse_password_change(call.request);
  if (!change) co_return to_response(change.error());
  const auto tokens = co_await services_.accounts.change_password(
      call.token->subject(), std::move(change->old_password), std::move(change->new_password),
      call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return tokens_response(200, *tokens);
}

}  // namespace recant::http
