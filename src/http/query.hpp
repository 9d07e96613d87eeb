// The parameters of a query, in the form that HTML forms and URLSearchParams write
// (application/x-www-form-urlencoded): `&` between, `+` for a space, %XX.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace recant::http {

class Query {
 public:
  explicit Query(const Request& request);

  /// An escape in it is unfinished, or it holds a NUL.
  bool malformed() const { return malformed_; }
  /// How often it stands.
  std::size_t count(std::string_view name) const;
  /// The first of that name; look at count where a second would matter.
  const std::string* find(std::string_view name) const;

 private:
  struct Parameter {
    std::string name;
    std::string value;
  };
  void add(std::string_view text);

  std::vector<Parameter> parameters_;
  bool malformed_ = false;
};

}  // namespace recant::http
