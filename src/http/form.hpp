// The parameters of a form (application/x-www-form-urlencoded), as the calls of OAuth take them
// (RFC 6749 §3.2, appendix B): strict, bounded, each once. A value of its own; no thread-safety.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"

namespace recant::http {

/// What is wrong, in a sentence that quotes no value.
struct FormFault {
  std::string detail;
};

class Form {
 public:
  static constexpr std::size_t kMaxParameters = 32;
  static constexpr std::size_t kMaxNameBytes = 64;
  static constexpr std::size_t kMaxValueBytes = std::size_t{16} * 1024;  // tokens

  /// The body of a call. A fault for another Content-Type, and for whatever stands in the query:
  /// tokens and secrets there would end up in logs.
  static Result<Form, FormFault> of(const Request& request);
  /// Names and values are text in UTF-8 without control characters. A fault for a name that stands
  /// twice, for an unfinished escape, for a byte that must be escaped, and beyond the bounds.
  static Result<Form, FormFault> parse(std::string_view text);

  /// Nothing (nullptr) when it is absent or has no value, which is the same (RFC 6749 §3.2).
  const std::string* find(std::string_view name) const;

  struct Parameter {
    std::string name;
    std::string value;
    bool operator==(const Parameter&) const = default;
  };
  /// In their order, those without a value among them.
  const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  std::vector<Parameter> parameters_;
};

/// One name or value, decoded: `+` is a space, %XX a byte. Nothing for an unfinished escape, a
/// byte that must be escaped, or what is no text.
std::optional<std::string> decode_form_text(std::string_view text);

}  // namespace recant::http
