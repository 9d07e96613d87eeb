#include "demo/json_narrator.hpp"

#include <ostream>

#include "demo/text_layout.hpp"

namespace recant::demo {
namespace {

json::Object headers_of(const HttpHeaders& headers) {
  json::Object object;
  for (const auto& [name, value] : headers) object.set(name, value);
  return object;
}

json::Array words_of(const RedisCommand& command) { return {command.begin(), command.end()}; }

const char* name_of(KeyChange::Kind kind) {
  switch (kind) {
    case KeyChange::Kind::appeared:
      return "appeared";
    case KeyChange::Kind::changed:
      return "changed";
    case KeyChange::Kind::vanished:
      return "vanished";
    case KeyChange::Kind::unchanged:
      break;
  }
  return "unchanged";
}

json::Object state_of(const KeyChange& change) {
  json::Object object{{"change", name_of(change.kind)}, {"key", change.key}};
  if (!change.after) return object;
  object.set("type", change.after->type);
  object.set("value", change.after->value);
  object.set("ttl_ms", change.after->ttl ? json::Value(change.after->ttl->count()) : json::Value());
  return object;
}

}  // namespace

void JsonNarrator::event(const char* name, const json::Object& members) {
  json::Object line{{"event", name}};
  for (const json::Member& member : members) line.set(member.name, member.value);
  out_ << without_tokens(json::serialize(line)) << '\n' << std::flush;
}

void JsonNarrator::begin(const Scene& scene) {
  event("begin",
        {{"url", scene.url}, {"directory", scene.directory}, {"strategy", scene.strategy}});
}

void JsonNarrator::step(const Step& step) {
  event("step", {{"name", step.name}, {"title", step.title}});
}

void JsonNarrator::exchanged(const HttpRequest& request, const HttpResponse& response,
                             Detail /*detail*/) {
  json::Object sent{
      {"method", request.method}, {"path", request.path}, {"headers", headers_of(request.headers)}};
  if (request.body) sent.set("body", *request.body);
  event("sent", sent);
  json::Object received{{"status", response.status}, {"headers", headers_of(response.headers)}};
  if (const json::Value body = response.json(); !body.is_null()) received.set("body", body);
  event("received", received);
}

void JsonNarrator::token(const json::Object& header, const json::Object& claims) {
  event("token", {{"header", header}, {"claims", claims}});
}

void JsonNarrator::recipe(const std::vector<RedisCommand>& commands) {
  json::Array all;
  for (const RedisCommand& command : commands) all.emplace_back(words_of(command));
  event("recipe", {{"commands", std::move(all)}});
}

void JsonNarrator::asked(const RedisCommand& command, const std::string& answer) {
  event("asked", {{"command", words_of(command)}, {"answer", answer}});
}

void JsonNarrator::keys(const std::vector<KeyChange>& changes) {
  json::Array all;
  for (const KeyChange& change : changes) all.emplace_back(state_of(change));
  event("keys", {{"keys", std::move(all)}});
}

void JsonNarrator::end(const Scene& scene) { event("end", {{"directory", scene.directory}}); }

}  // namespace recant::demo
