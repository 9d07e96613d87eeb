// GET /v1/admin/keys and POST /v1/admin/keys/rotate.
#include "http/body_reader.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

constexpr std::int64_t kLongestAhead = seconds{std::chrono::days{7}}.count();
constexpr std::size_t kMaxIdBytes = 128;

json::Value time_or_null(const std::optional<UnixMillis>& instant) {
  return instant ? json::Value{rfc3339(*instant)} : json::Value{};
}

json::Object key_object(const service::KeyView& key) {
  json::Object object{
      {"kid", key.id},
      {"kind", name_of(key.kind)},
      {"alg", key.algorithm ? json::Value{to_string(*key.algorithm)} : json::Value{}},
      {"state", name_of(key.state)},
      {"created_at", time_or_null(key.created_at)},
      {"signs_from", time_or_null(key.signs_from)},
      {"signs_until", time_or_null(key.signs_until)},
      {"removed_at", time_or_null(key.removed_at)}};
  if (!key.file.empty()) object.set("file", key.file);
  return object;
}

json::Object report_object(const service::KeyReport& report) {
  json::Array keys;
  for (const auto& key : report.keys) keys.emplace_back(key_object(key));
  return {{"keys", std::move(keys)}, {"next_rotation_at", time_or_null(report.next_rotation_at)}};
}

json::Array ids(const std::vector<std::string>& texts) {
  json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

Parsed<service::RotateOrder> parse_rotation(const Request& request) {
  service::RotateOrder order;
  if (request.body.empty()) return order;
  BodyReader body(request, {"signs_in", "retire", "only"});
  if (const auto ahead = body.optional_integer("signs_in")) {
    if (*ahead < 0 || *ahead > kLongestAhead) {
      body.complain("signs_in", "0 to 604800 seconds, which are 7 days.");
    }
    order.signs_in = seconds{*ahead};
  }
  if (const auto only = body.optional_text("only")) {
    const auto kind = service::parse_key_kind(*only);
    if (!kind) body.complain("only", "access or refresh.");
    if (kind) order.kinds = {*kind};
  }
  if (const auto retire = body.optional_text("retire")) {
    if (retire->empty() || retire->size() > kMaxIdBytes) {
      body.complain("retire", "the kid of a key, or \"all\".");
    }
    if (order.signs_in) body.complain("signs_in", "not beside retire, which acts at once.");
    order.retire = *retire;
  }
  if (body.fault()) return *body.fault();
  return order;
}

Response keys_response(const service::KeyReport& report) {
  return json_response(200, report_object(report));
}

Response rotation_response(const service::KeyRotation& rotation) {
  json::Object body = report_object(rotation.report);
  body.set("made", ids(rotation.made)).set("retired", ids(rotation.retired));
  return json_response(200, std::move(body));
}

}  // namespace recant::http
