// The calls of OAuth (docs/oauth.md): thin over check, refresh and revocation, in OAuth's own
// words.
#include <utility>

#include "http/api.hpp"
#include "http/oauth_error.hpp"
#include "http/wire_oauth.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

Result<Form, OAuthError> form_of(const Request& request) {
  auto form = Form::of(request);
  if (!form) return OAuthError{OAuthErrc::invalid_request, form.error().detail};
  return *std::move(form);
}

Response refused(OAuthErrc code, const char* description) {
  return to_response(OAuthError{code, description});
}

Response refused(const service::Failure& failure) { return to_response(to_oauth_error(failure)); }

Response missing(std::string_view parameter) {
  return to_response(
      OAuthError{OAuthErrc::invalid_request, std::string(parameter) + " is missing."});
}

OAuthError no_client(ClientChallenge challenge) {
  if (challenge == ClientChallenge::bearer) {
    return {OAuthErrc::invalid_token, "This is not an admin key.", challenge};
  }
  return {
      OAuthErrc::invalid_client,
      "Authenticate as a client: client_id is the name of an admin key, client_secret the key."};
}

OAuthError may_not(ClientChallenge challenge, service::AdminScope scope) {
  const auto name = service::admin_scope_text(static_cast<std::uint8_t>(scope));
  const auto says = "This admin key lacks the scope " + name + ".";
  if (challenge == ClientChallenge::basic) return {OAuthErrc::unauthorized_client, says};
  return {OAuthErrc::insufficient_scope, says, challenge, name};
}

}  // namespace

/// One that cannot be read is a denial like one that is wrong.
Result<PresentedClient, OAuthError> Api::read_client(const Call& call, const Form& form) {
  auto client = client_of(call.request, form);
  if (!client) record_denied(call, nullptr);
  return client;
}

/// By a secret that is an admin key of the client's name; for introspection also by the key as a
/// bearer token (RFC 7662 §2.1). Secrets are 256 random bits, so nobody guesses one and nobody is
/// made to wait.
Result<void, OAuthError> Api::admit_client(Call& call, const PresentedClient& client,
                                           service::AdminScope scope) {
  const service::AdminKey* key = nullptr;
  auto challenge = ClientChallenge::basic;
  if (const auto* one = std::get_if<ConfidentialClient>(&client)) {
    key = services_.admin.find(one->secret.reveal());
    if (key != nullptr && key->name != one->client_id) key = nullptr;
  }
  const auto* bearer = std::get_if<BearerClient>(&client);
  if (bearer != nullptr && scope == service::AdminScope::introspect) {
    key = services_.admin.find(bearer->token.reveal());
    challenge = ClientChallenge::bearer;
  }
  if (key == nullptr || !key->allows(scope)) record_denied(call, key);
  if (key == nullptr) return no_client(challenge);
  if (!key->allows(scope)) return may_not(challenge, scope);
  call.caller.actor = key->name;
  call.admin = *key;
  return {};
}

/// RFC 7662. A caller leaves no line in the log, as a check leaves none.
Task<Response> Api::oauth_introspect(Call& call) {
  const auto form = form_of(call.request);
  if (!form) co_return to_response(form.error());
  const auto client = read_client(call, *form);
  if (!client) co_return to_response(client.error());
  const auto admitted = admit_client(call, *client, service::AdminScope::introspect);
  if (!admitted) co_return to_response(admitted.error());
  const auto* token = form->find("token");
  if (token == nullptr) co_return missing("token");

  service::Asker asker{call.admin->name, call.admin->allows(service::AdminScope::sessions)};
  std::string text = *token;
  const auto introspected = co_await services_.introspection.introspect(std::move(text), asker);
  if (!introspected) co_return refused(introspected.error());
  auto answer = introspection_object(*introspected, oauth_);
  if (wants_signed_introspection(call.request.headers)) {
    auto jwt = services_.introspection.sign(answer, asker.name);
    if (jwt) co_return signed_introspection_response(*std::move(jwt));
  }
  co_return json_response(200, std::move(answer));
}

/// RFC 7009. Whoever holds a token of the public client may give it back; an admin key with scope
/// revoke may take back any.
Task<Response> Api::oauth_revoke(Call& call) {
  const auto form = form_of(call.request);
  if (!form) co_return to_response(form.error());
  const auto client = read_client(call, *form);
  if (!client) co_return to_response(client.error());
  const auto* holder = std::get_if<PublicClient>(&*client);
  if (holder == nullptr || holder->client_id != oauth_.client_id) {
    const auto admitted = admit_client(call, *client, service::AdminScope::revoke);
    if (!admitted) co_return to_response(admitted.error());
  }
  auto response = co_await take_back(call, *form);
  if (call.admin) {
    services_.events.administered(call.caller,
                                  {call.request.method, call.request.route, response.status()});
  }
  co_return response;
}

Task<Response> Api::take_back(Call& call, const Form& form) {
  const auto* token = form.find("token");
  if (token == nullptr) co_return missing("token");
  std::string text = *token;
  const auto taken = co_await services_.token_returns.take_back(std::move(text), call.caller);
  if (!taken) co_return refused(taken.error());
  if (*taken == service::TokenReturn::not_yours) {
    record_denied(call, nullptr);
    co_return refused(OAuthErrc::unauthorized_client,
                      "The token was issued to another client, which alone may give it back.");
  }
  Response done(200);
  done.header("Cache-Control", "no-store");
  co_return done;
}

/// RFC 6749 §6: refreshing, and no other grant (security bar O04).
Task<Response> Api::oauth_token(Call& call) {
  const auto form = form_of(call.request);
  if (!form) co_return to_response(form.error());
  const auto* grant = form->find("grant_type");
  if (grant == nullptr) co_return missing("grant_type");
  if (*grant != "refresh_token") {
    co_return refused(OAuthErrc::unsupported_grant_type, "The one grant here is refresh_token.");
  }
  const auto client = read_client(call, *form);
  if (!client) co_return to_response(client.error());
  const auto* holder = std::get_if<PublicClient>(&*client);
  if (holder == nullptr || holder->client_id != oauth_.client_id) {
    record_denied(call, nullptr);
    co_return refused(OAuthErrc::invalid_client,
                      "Tokens are issued to one public client: client_id is token.client_id.");
  }
  const auto* token = form->find("refresh_token");
  if (token == nullptr) co_return missing("refresh_token");
  std::string text = *token;
  const auto tokens = co_await services_.refresh.refresh(std::move(text), call.caller);
  if (!tokens) co_return refused(tokens.error());
  co_return oauth_tokens_response(*tokens);
}

/// RFC 8414.
Task<Response> Api::oauth_metadata(Call& call) {
  const auto path = metadata_path(oauth_.issuer);
  if (!path) {
    const Problem problem{Code::not_found,
                          "There is no metadata, as token.issuer is no https URL (RFC 8414)."};
    co_return to_response(problem);
  }
  if (call.request.path != *path) {
    const Problem problem{Code::not_found, "The metadata of this issuer is at " + *path + "."};
    co_return to_response(problem);
  }
  co_return metadata_response(oauth_.issuer, services_.introspection.signing_algorithm());
}

}  // namespace recant::http
