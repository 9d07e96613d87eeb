// How the calls of people take tokens and hand them out: to programs in the body, to pages in
// cookie mode as cookies that no script can read (ADR 15).
#include "http/api.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

/// Then the browser sends no cookie and keeps none of the answer's (SameSite=Strict). Whoever shows
/// one all the same does not get for it what no script may read.
bool is_beyond_cookies(const Request& request) {
  const auto cookies = cookies_of(request);
  return request.headers.only("Sec-Fetch-Site") == "cross-site" && cookies && !cookies->any();
}

}  // namespace

Sender Api::sender_of(const Request& request) const { return http::sender_of(request, origins_); }

/// Noted, since somebody may be at work.
Problem Api::csrf(const Request& request) const {
  services_.events.record(service::Event::csrf_refused, caller_of(request),
                          {.detail = request.route});
  return {Code::csrf,
          "Cookies count for pages of this server's own origin, and for those of server.origins."};
}

/// Contract §2: what a cookie may not be used for, and by whom. A browser sends cookies whoever
/// made the page.
std::optional<Problem> Api::fault_in_sender(const Request& request, const Cookies& cookies) const {
  if (!cookies.any() || sender_of(request) == Sender::our_page) return std::nullopt;
  return csrf(request);
}

/// The cookie counts only where there is no Authorization, and not for what another page asks of
/// the API behind the gateway: browsers name the Origin of whatever may change something.
Result<std::string_view, Problem> Api::token_to_check(const Request& request) const {
  const auto bearer = bearer_of(request);
  if (!bearer) return bearer.error();
  if (!cookies_ || request.headers.count("Authorization") > 0) {
    return bearer->empty() ? Result<std::string_view, Problem>(no_token()) : *bearer;
  }
  const auto cookies = cookies_of(request);
  if (!cookies) return cookies.error();
  if (!cookies->any()) return no_token();
  if (request.headers.count("Origin") > 0 && sender_of(request) != Sender::our_page) {
    return csrf(request);
  }
  if (cookies->access.empty()) return no_access_cookie();
  return cookies->access;
}

Task<Response> Api::hand_out(int status, service::Tokens tokens, Call& call) {
  const bool to_page = cookies_ && sender_of(call.request) == Sender::our_page;
  if (!to_page || is_beyond_cookies(call.request)) co_return tokens_response(status, tokens);
  if (fit_in_cookies(tokens)) {
    auto response = kept_tokens_response(status, tokens);
    set_cookies(response, tokens);
    co_return response;
  }
  // The browser would drop it without a word, and the page believe that it is signed in.
  const UnixMillis nobody_has_seen_it{};
  const auto ended = co_await services_.sessions.end(
      tokens.user_id, tokens.session_id, core::Reason::logout, nobody_has_seen_it, call.caller);
  if (!ended) co_return to_response(to_problem(ended.error()));
  const Problem problem{Code::invalid_claims,
                        "The claims of this account make an access token that is larger than a "
                        "cookie can be (4096 bytes); the session has been ended. A new password "
                        "that was asked for is in force."};
  auto response = to_response(problem);
  clear_cookies(response);
  co_return response;
}

}  // namespace recant::http
