// The JSON body of a call, or an object in it, read strictly: the members that the call knows, each
// of its type. The
// first fault is kept and whatever is read after it is empty, so that a call's members can be read
// in one expression and the fault looked at once.
//
//   BodyReader body(request, {"username", "password"});
//   Login login{body.text("username"), body.secret("password")};
//   if (body.fault()) return *body.fault();
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace recant::http {

class BodyReader {
 public:
  /// unsupported_media_type, or invalid_request for what is not a JSON object or has other members.
  BodyReader(const Request& request, std::initializer_list<std::string_view> members);
  /// An object within a body, which outlives the reader.
  BodyReader(const json::Value& value, std::initializer_list<std::string_view> members);
  ~BodyReader();
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  const std::optional<Problem>& fault() const { return fault_; }
  bool has(std::string_view name) const;

  // Required: a fault when absent.
  std::string text(std::string_view name);
  /// What is left of it here is wiped.
  SecretString secret(std::string_view name);
  // Optional: nothing when absent. A null is not absent.
  std::optional<std::string> optional_text(std::string_view name);
  std::optional<bool> optional_bool(std::string_view name);
  std::optional<std::int64_t> optional_integer(std::string_view name);
  const json::Object* optional_object(std::string_view name);
  const json::Array* optional_array(std::string_view name);

  /// `name: complaint`, unless there is a fault already.
  void complain(std::string_view name, std::string_view complaint);
  void fail(Problem problem);

 private:
  const json::Value* find(std::string_view name) const;
  void read(const Request& request);
  void know_only(std::initializer_list<std::string_view> members);

  json::Value body_;
  const json::Value* value_ = &body_;
  std::vector<const std::string*> secrets_;
  std::optional<Problem> fault_;
};

}  // namespace recant::http
