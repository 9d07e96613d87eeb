#include "http/form.hpp"

#include <algorithm>
#include <utility>

#include "core/plain_utf8.hpp"
#include "http/router.hpp"

namespace recant::http {
namespace {

/// With or without parameters, of which none changes how it is read (RFC 9110 §8.3.1).
bool is_form(const Headers& headers) {
  const auto type = headers.only("Content-Type");
  if (!type) return false;
  auto essence = type->substr(0, type->find(';'));
  while (essence.ends_with(' ') || essence.ends_with('\t')) essence.remove_suffix(1);
  return equal_ignoring_case(essence, "application/x-www-form-urlencoded");
}

bool is_unescaped(char c) { return c > 0x20 && c < 0x7f; }

FormFault about(std::string_view name, std::string_view complaint) {
  return {std::string(name) + ": " + std::string(complaint)};
}

}  // namespace

std::optional<std::string> decode_form_text(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_unescaped)) return std::nullopt;
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = percent_decode(spaced);
  if (!decoded || !core::is_plain_utf8(*decoded)) return std::nullopt;
  return decoded;
}

Result<Form, FormFault> Form::of(const Request& request) {
  if (request.query && !request.query->empty()) {
    return FormFault{"Parameters belong into the body: in the query they would end up in logs."};
  }
  if (!is_form(request.headers)) {
    return FormFault{"Send the body as Content-Type: application/x-www-form-urlencoded."};
  }
  return parse(request.body);
}

Result<Form, FormFault> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    // A '&' at the end begins a parameter that is not there.
    if (end + 1 == text.size()) return FormFault{"The body ends in the middle of a parameter."};
    text.remove_prefix(std::min(end + 1, text.size()));

    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decode_form_text(pair.substr(0, equals));
    auto value = decode_form_text(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || name->empty() || name->size() > kMaxNameBytes) {
      return FormFault{"A parameter's name is missing, too long, or no text in UTF-8."};
    }
    if (!value) return about(*name, "its value is no text in UTF-8, percent-encoded.");
    if (value->size() > kMaxValueBytes) return about(*name, "at most 16384 bytes.");
    const bool known = std::any_of(form.parameters_.begin(), form.parameters_.end(),
                                   [&](const Parameter& earlier) { return earlier.name == *name; });
    if (known) return about(*name, "stands more than once.");
    if (form.parameters_.size() == kMaxParameters) {
      return FormFault{"There are more than 32 parameters."};
    }
    form.parameters_.push_back({*std::move(name), *std::move(value)});
  }
  return form;
}

const std::string* Form::find(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) return parameter.value.empty() ? nullptr : &parameter.value;
  }
  return nullptr;
}

}  // namespace recant::http
