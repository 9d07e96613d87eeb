// A response as handlers make it. Framing (Content-Length, Connection, Date, X-Request-Id) is the
// server's; whatever a handler puts into a field value cannot end the line (security bar J49).
#pragma once

#include <string>
#include <string_view>

namespace recant::http {

class Response {
 public:
  explicit Response(int status = 200) : status_(status) {}

  int status() const { return status_; }
  const std::string& body() const { return body_; }
  /// The fields so far, as lines that each end in CRLF.
  const std::string& lines() const { return lines_; }

  /// Bytes that a field value cannot carry (controls, CR, LF) become '?'.
  Response& header(std::string_view name, std::string_view value);
  Response& body(std::string_view content_type, std::string content);

 private:
  int status_;
  std::string lines_;
  std::string body_;
};

/// `Unauthorized` for 401 (RFC 9110 §15).
std::string_view reason_phrase(int status);

/// What the connection adds to a response when it is written.
struct Framing {
  std::string_view date;  // IMF-fixdate
  std::string_view request_id;
  bool http11 = true;
  bool keep_alive = true;
  bool head = false;  // the request was HEAD: all of the header, nothing of the body
};

/// Appends the response in its wire form.
void write_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace recant::http
