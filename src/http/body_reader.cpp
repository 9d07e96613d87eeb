#include "http/body_reader.hpp"

#include <string.h>

#include <algorithm>
#include <utility>

#include "http/body_limits.hpp"

namespace recant::http {
namespace {

/// `application/json`, with or without parameters (RFC 9110 §8.3.1).
bool is_json(const Headers& headers) {
  const auto type = headers.only("Content-Type");
  if (!type) return false;
  auto essence = type->substr(0, type->find(';'));
  while (essence.ends_with(' ') || essence.ends_with('\t')) essence.remove_suffix(1);
  return equal_ignoring_case(essence, "application/json");
}

}  // namespace

BodyReader::BodyReader(const Request& request, std::initializer_list<std::string_view> members) {
  read(request);
  know_only(members);
}

BodyReader::BodyReader(const json::Value& value, std::initializer_list<std::string_view> members)
    : value_(&value) {
  know_only(members);
}

BodyReader::~BodyReader() {
  for (const auto* secret : secrets_) {
    // Ours to change: no Value that is read here is const.
    ::explicit_bzero(const_cast<char*>(secret->data()), secret->size());
  }
}

void BodyReader::read(const Request& request) {
  if (!is_json(request.headers)) {
    return fail({Code::unsupported_media_type, "Send the body as Content-Type: application/json."});
  }
  auto parsed = json::parse(request.body, kBodyLimits);
  if (!parsed) {
    return fail({Code::invalid_request,
                 "The body is not JSON: " + std::string(json::to_string(parsed.error())) + "."});
  }
  body_ = *std::move(parsed);
  if (body_.as_object() == nullptr) {
    fail({Code::invalid_request, "The body must be a JSON object."});
  }
}

void BodyReader::know_only(std::initializer_list<std::string_view> members) {
  if (fault_) return;
  const auto* object = value_->as_object();
  if (object == nullptr) return fail({Code::invalid_request, "It must be a JSON object."});
  for (const auto& [name, value] : *object) {
    if (std::find(members.begin(), members.end(), name) == members.end()) {
      return complain(name.substr(0, 64), "this call has no such member.");
    }
  }
}

void BodyReader::fail(Problem problem) {
  if (!fault_) fault_ = std::move(problem);
}

void BodyReader::complain(std::string_view name, std::string_view complaint) {
  fail({Code::invalid_request, std::string(name) + ": " + std::string(complaint)});
}

const json::Value* BodyReader::find(std::string_view name) const {
  return fault_ ? nullptr : value_->find(name);
}

bool BodyReader::has(std::string_view name) const { return find(name) != nullptr; }

std::string BodyReader::text(std::string_view name) {
  auto value = optional_text(name);
  if (!value) complain(name, "is missing; it must be a string.");
  return std::move(value).value_or("");
}

SecretString BodyReader::secret(std::string_view name) {
  auto value = text(name);
  if (const auto* kept = value_->string(name)) secrets_.push_back(kept);
  return SecretString{std::move(value)};
}

std::optional<std::string> BodyReader::optional_text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->as_string()) return *text;
  complain(name, "must be a string.");
  return std::nullopt;
}

std::optional<bool> BodyReader::optional_bool(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto answer = value->as_bool();
  if (!answer) complain(name, "must be true or false.");
  return answer;
}

std::optional<std::int64_t> BodyReader::optional_integer(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = value->as_int64();
  if (!number) complain(name, "must be a whole number.");
  return number;
}

const json::Object* BodyReader::optional_object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  const auto* object = value->as_object();
  if (object == nullptr) complain(name, "must be an object.");
  return object;
}

const json::Array* BodyReader::optional_array(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  const auto* array = value->as_array();
  if (array == nullptr) complain(name, "must be an array.");
  return array;
}

}  // namespace recant::http
