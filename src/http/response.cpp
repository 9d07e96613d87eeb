#include "http/response.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace recant::http {
namespace {

/// The fields of most answers fit, so that they are allocated once and not once a doubling.
constexpr std::size_t kUsualLines = 384;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

void append_number(std::string& out, std::size_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

Response& Response::header(std::string_view name, std::string_view value) {
  if (lines_.empty()) lines_.reserve(kUsualLines);
  lines_ += name;
  lines_ += ": ";
  const auto begin = static_cast<std::ptrdiff_t>(lines_.size());
  lines_ += value;
  std::replace_if(lines_.begin() + begin, lines_.end(), is_control, '?');
  lines_ += "\r\n";
  return *this;
}

Response& Response::body(std::string_view content_type, std::string content) {
  header("Content-Type", content_type);
  body_ = std::move(content);
  return *this;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

void write_response(std::string& out, const Response& response, const Framing& framing) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status()));
  out += ' ';
  out += reason_phrase(response.status());
  out += "\r\nDate: ";
  out += framing.date;
  out += "\r\nX-Request-Id: ";
  out += framing.request_id;
  // RFC 9110 §8.6: a 204 must not have one, everything else of ours always has.
  if (response.status() != 204) {
    out += "\r\nContent-Length: ";
    append_number(out, response.body().size());
  }
  if (!framing.keep_alive) {
    out += "\r\nConnection: close";
  } else if (!framing.http11) {
    out += "\r\nConnection: keep-alive";
  }
  out += "\r\n";
  out += response.lines();
  out += "\r\n";
  if (!framing.head) out += response.body();
}

}  // namespace recant::http
