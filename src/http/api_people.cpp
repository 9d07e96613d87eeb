// The calls of those who sign in.
#include "http/api.hpp"
#include "http/credentials.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

Response refused(const service::Failure& failure) { return to_response(to_problem(failure)); }

Problem two_proofs() {
  return {Code::invalid_request,
          "Send the token that this is about once: as Authorization, in refresh_token or as a "
          "cookie."};
}

}  // namespace

Task<Response> Api::sign_up(Call& call) {
  auto draft = parse_sign_up(call.request);
  if (!draft) co_return to_response(draft.error());
  const auto account = co_await services_.accounts.sign_up(*std::move(draft), call.caller);
  if (!account) co_return refused(account.error());
  co_return signed_up_response(*account);
}

Task<Response> Api::login(Call& call) {
  // Otherwise another page could sign its visitor in as somebody else.
  if (cookies_ && sender_of(call.request) == Sender::other_page) {
    co_return to_response(csrf(call.request));
  }
  auto credentials = parse_login(call.request);
  if (!credentials) co_return to_response(credentials.error());
  const auto tokens = co_await services_.sign_in.login(*std::move(credentials), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return co_await hand_out(200, *tokens, call);
}

Task<Response> Api::refresh(Call& call) {
  if (cookies_) co_return co_await refresh_in_cookie_mode(call);
  auto token = parse_refresh(call.request);
  if (!token) co_return to_response(token.error());
  const auto tokens = co_await services_.refresh.refresh(*std::move(token), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return tokens_response(200, *tokens);
}

/// By the cookie, or by the body as elsewhere; by one of them.
Task<Response> Api::refresh_in_cookie_mode(Call& call) {
  auto given = credentials_of(call.request, true);
  if (!given) co_return to_response(given.error());
  const auto& cookies = given->cookies;
  auto token = parse_refresh_if_any(call.request);
  if (!token) co_return to_response(token.error());
  if (*token && cookies.any()) co_return to_response(two_proofs());
  if (const auto problem = fault_in_sender(call.request, cookies)) co_return to_response(*problem);
  if (!*token && cookies.refresh.empty()) co_return to_response(no_token());
  std::string text = *token ? **std::move(token) : std::string(cookies.refresh);
  const auto tokens = co_await services_.refresh.refresh(std::move(text), call.caller);
  if (tokens) co_return co_await hand_out(200, *tokens, call);
  auto response = refused(tokens.error());
  if (cookies.any() && response.status() == 401) clear_cookies(response);
  co_return response;
}

/// Of a session whose access token may have expired, or by its refresh token; one of them, but for
/// a browser, which sends both of its cookies.
Task<Response> Api::logout(Call& call) {
  const auto given = credentials_of(call.request, cookies_);
  if (!given) co_return to_response(given.error());
  const auto& cookies = given->cookies;
  auto refresh_token = parse_refresh_if_any(call.request);
  if (!refresh_token) co_return to_response(refresh_token.error());
  const auto access = cookies.any() ? cookies.access : given->bearer;
  if (*refresh_token && (cookies.any() || !access.empty())) co_return to_response(two_proofs());
  if (const auto problem = fault_in_sender(call.request, cookies)) co_return to_response(*problem);
  if (!cookies.refresh.empty()) *refresh_token = std::string(cookies.refresh);
  if (access.empty() && !*refresh_token) co_return to_response(no_token());

  auto token = services_.check.identify(access);
  if (token) {
    const auto ended = co_await services_.revocations.log_out(*std::move(token), call.caller);
    co_return ended ? Response(204) : refused(ended.error());
  }
  if (!*refresh_token) co_return to_response(to_token_problem(token.error()));
  const auto ended = co_await services_.revocations.revoke_refresh_token(
      **std::move(refresh_token), core::Reason::logout, call.caller);
  co_return ended ? Response(204) : refused(ended.error());
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
  co_return co_await hand_out(200, *tokens, call);
}

}  // namespace recant::http
