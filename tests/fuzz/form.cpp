// A form that is taken says the same once it is written again, has each name once and keeps its
// bounds; and so do the two halves of Basic credentials.
#include "http/form.hpp"

#include <set>

#include "base/base64url.hpp"
#include "base/percent.hpp"
#include "core/plain_utf8.hpp"
#include "http/client_credentials.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

using http::Form;

std::string encode(std::string_view text) {
  return percent_encode(text, [](unsigned char byte) { return byte >= '0' && byte <= '9'; });
}

std::string written(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form.parameters()) {
    text += (text.empty() ? "" : "&") + encode(name) + "=" + encode(value);
  }
  return text;
}

void look_at_basic(std::string_view bytes) {
  const auto basic = http::parse_basic(bytes);
  if (!basic) return;
  const auto secret = basic->secret.reveal();
  require(core::is_plain_utf8(basic->client_id) && core::is_plain_utf8(secret),
          "a credential holds a control");
  std::string again = base64url_encode(encode(basic->client_id) + ":" + encode(secret));
  for (char& c : again) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (again.size() % 4 != 0) again += '=';
  const auto twin = http::parse_basic(again);
  require(twin && twin->client_id == basic->client_id && twin->secret.reveal() == secret,
          "credentials are not what their own text says");
}

}  // namespace

bool form(std::string_view bytes) {
  look_at_basic(bytes);
  const auto form = Form::parse(bytes);
  if (!form) {
    require(!form.error().detail.empty(), "a refusal says nothing");
    return false;
  }
  require(form->parameters().size() <= Form::kMaxParameters, "more parameters than may be");
  std::set<std::string> names;
  for (const auto& [name, value] : form->parameters()) {
    require(names.insert(name).second, "a name stands twice (O01)");
    require(!name.empty() && name.size() <= Form::kMaxNameBytes, "a name beyond its bounds");
    require(value.size() <= Form::kMaxValueBytes, "a value beyond its bound");
    require(core::is_plain_utf8(name) && core::is_plain_utf8(value), "a control in a form");
    require((form->find(name) == nullptr) == value.empty(), "an empty value is there");
  }
  const auto again = Form::parse(written(*form));
  require(again && again->parameters() == form->parameters(),
          "a form is not what its own text says");
  return true;
}

}  // namespace recant::fuzz
