// The calls of contract §2: which there are, who may make them, and what each asks of the use
// cases. Handlers translate between wire and use case and do nothing else.
//
// One a thread, on that thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client_credentials.hpp"
#include "http/cors.hpp"
#include "http/credentials.hpp"
#include "http/handler.hpp"
#include "http/identity_headers.hpp"
#include "http/oauth_error.hpp"
#include "http/router.hpp"
#include "http/wire_oauth.hpp"
#include "service/accounts.hpp"
#include "service/admin_access.hpp"
#include "service/check.hpp"
#include "service/events.hpp"
#include "service/introspection.hpp"
#include "service/keys.hpp"
#include "service/refresh.hpp"
#include "service/revocations.hpp"
#include "service/sessions.hpp"
#include "service/sign_in.hpp"
#include "service/token_returns.hpp"
#include "service/user_import.hpp"

namespace recant::http {

/// One thread's use cases.
struct Services {
  service::Check& check;
  service::SignIn& sign_in;
  service::Refresh& refresh;
  service::Accounts& accounts;
  service::UserImport& user_import;
  service::Sessions& sessions;
  service::Revocations& revocations;
  service::Keys& keys;
  service::AdminAccess& admin;
  service::Introspection& introspection;
  service::TokenReturns& token_returns;
  service::EventSink& events;
};

/// What the calls for machines tell; a port that app/ implements. One a thread.
class Operations {
 public:
  virtual ~Operations() = default;
  /// Prometheus' text format 0.0.4.
  virtual Task<std::string> metrics() = 0;
  /// What keeps this server from serving, each in a sentence; nothing when it is fit.
  virtual Task<std::vector<std::string>> faults() = 0;
  /// What an operator ought to see to although it serves, each in a sentence.
  virtual std::vector<std::string> warnings() const = 0;
};

/// Which calls a listener answers; all others are not_found there.
enum class Calls {
  all,
  all_but_operators,  // where operators have a listener of their own
  operators,          // /healthz, /readyz, /metrics
};

struct ApiOptions {
  Calls calls = Calls::all;
  IdentityHeaders identity_headers{};
  OAuthNames oauth{};
  /// Pages hold their tokens in cookies, and are not shown them (ADR 15).
  bool cookies = false;
  /// Of the pages from elsewhere that may use the calls of people.
  Origins origins{};
};

class Api final : public Handler {
 public:
  Api(Services services, Operations& operations, ApiOptions options = {});

  Task<Response> handle(Request& request) override;
  /// A gateway understands four statuses only, so for it a refusal is 401 or 503 (security bar
  /// O47).
  Response refuse(const Request& request, const Problem& problem) override;
  void name_route(Request& request) override;

 private:
  enum class Auth {
    none,       // anyone, or the handler looks itself
    bearer,     // the holder of an access token
    admin,      // a machine with an admin key of the route's scope
    operators,  // anyone who reaches their listener
    gateway,    // a bearer on a gateway's question: no other status than 200, 401, 403, 503
  };
  struct Call {
    Request& request;
    std::optional<verify::OwnToken> token{};   // of a bearer
    service::Caller caller{};                  // of all but check and the calls for machines
    std::optional<service::AdminKey> admin{};  // of administration, and of OAuth's clients
  };
  struct Route {
    Endpoint endpoint;
    Auth auth;
    Task<Response> (Api::*handler)(Call&);
    service::AdminScope scope = service::AdminScope::users;
    bool accounts = false;  // not_found while accounts are off
  };
  static std::span<const Route> routes();
  static std::vector<const Route*> routes_of(Calls calls);
  std::vector<Endpoint> endpoints_for_pages() const;

  /// Notes it in the request; nullptr: `otherwise` is the answer.
  const Route* find_route(Request& request, Response& otherwise);
  Response refusal(const Request& request, const Problem& problem) const;
  void dress(const Request& request, Response& response) const;
  Task<Response> dispatch(const Route& route, Request& request);
  Task<std::optional<Problem>> admit_bearer(Call& call);
  std::optional<Problem> admit_admin(Call& call, std::optional<service::AdminScope> scope);
  std::optional<Problem> admit_to_look(Request& request);
  Result<PresentedClient, OAuthError> read_client(const Call& call, const Form& form);
  Result<void, OAuthError> admit_client(Call& call, const PresentedClient& client,
                                        service::AdminScope scope);
  void record_denied(const Call& call, const service::AdminKey* key);
  Response not_found(Request& request);
  Response method_not_allowed(Request& request, const std::string& allow);

  // Who sends tokens how, and how they are handed out: api_tokens.cpp
  Sender sender_of(const Request& request) const;
  Problem csrf(const Request& request) const;
  std::optional<Problem> fault_in_sender(const Request& request, const Cookies& cookies) const;
  Result<std::string_view, Problem> token_to_check(const Request& request) const;
  Task<Response> hand_out(int status, service::Tokens tokens, Call& call);

  // People: api_people.cpp
  Task<Response> sign_up(Call& call);
  Task<Response> login(Call& call);
  Task<Response> refresh(Call& call);
  Task<Response> refresh_in_cookie_mode(Call& call);
  Task<Response> logout(Call& call);
  Task<Response> logout_all(Call& call);
  Task<Response> me(Call& call);
  Task<Response> list_sessions(Call& call);
  Task<Response> end_session(Call& call);
  Task<Response> change_password(Call& call);

  // Gateways and operators: api_machines.cpp
  Task<Response> check(Call& call);
  Task<Response> jwks(Call& call);
  Task<Response> healthz(Call& call);
  Task<Response> readyz(Call& call);
  Task<Response> metrics(Call& call);

  // Administration: api_admin.cpp
  Task<Response> list_users(Call& call);
  Task<Response> create_user(Call& call);
  Task<Response> import_users(Call& call);
  Task<Response> get_user(Call& call);
  Task<Response> delete_user(Call& call);
  Task<Response> disable_user(Call& call);
  Task<Response> enable_user(Call& call);
  Task<Response> set_password(Call& call);
  Task<Response> list_user_sessions(Call& call);
  Task<Response> open_session(Call& call);
  Task<Response> revoke(Call& call);
  Task<Response> list_keys(Call& call);
  Task<Response> rotate_keys(Call& call);

  // Administration: api_admin_keys.cpp
  Task<Response> list_admin_keys(Call& call);
  Task<Response> add_admin_key(Call& call);
  Task<Response> remove_admin_key(Call& call);

  // OAuth: api_oauth.cpp
  Task<Response> oauth_introspect(Call& call);
  Task<Response> oauth_revoke(Call& call);
  Task<Response> take_back(Call& call, const Form& form);
  Task<Response> oauth_token(Call& call);
  Task<Response> oauth_metadata(Call& call);

  Services services_;
  Operations& operations_;
  const Calls calls_;
  const IdentityHeaders identity_headers_;
  const OAuthNames oauth_;
  const bool cookies_;
  const Origins origins_;
  const std::vector<const Route*> routes_;
  const Router router_;  // of routes_
  const Cors cors_;
};

}  // namespace recant::http
