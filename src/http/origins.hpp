// The pages that may use these calls from elsewhere (`server.origins`), and who sent a request:
// one of them, a page of our own, somebody else's page, or no page at all.
//
// Browsers say so themselves, in fields that no script can set (Fetch Metadata §2, RFC 6454 §7.3);
// programs that are no browser send neither. Immutable once made; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace recant::http {

/// What is wrong with it as an origin to be listed, in words that follow "must"; nothing when it is
/// as browsers write it: `https://app.example.com`, `http://` for this machine alone.
std::optional<std::string> fault_in_origin(std::string_view text);

class Origins {
 public:
  Origins() = default;
  /// Of texts without a fault.
  explicit Origins(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  bool empty() const { return texts_.empty(); }
  /// Byte by byte: an origin has one spelling (RFC 6454 §6.2).
  bool contains(std::string_view origin) const;

 private:
  std::vector<std::string> texts_;
};

enum class Sender {
  program,     // neither Sec-Fetch-Site nor Origin
  our_page,    // Sec-Fetch-Site: same-origin, or an Origin that is listed
  other_page,  // any other of the two, and whatever stands twice
};
Sender sender_of(const Request& request, const Origins& origins);

}  // namespace recant::http
