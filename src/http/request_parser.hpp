// Bytes in, requests out: HTTP/1.1 requests (RFC 9112) within limits, without I/O.
//
// Strict where two readers could disagree about where a request ends (request smuggling): bare LF,
// folded fields, Content-Length beside Transfer-Encoding or twice, any transfer coding but a single
// `chunked`, a second Host. After a refusal nothing more is read from the connection.
//
// One a connection, reused from request to request; not thread-safe. Beast's parser does the
// grammar and is seen by request_parser.cpp only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/options.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace recant::http {

class RequestParser {
 public:
  enum class Step {
    need_bytes,  // read into room(), call received(), come again
    complete,    // request() is whole
    refused,     // refusal() says why; the connection is to be closed
  };

  explicit RequestParser(const MessageLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  Step advance();
  /// Where the next bytes go; never empty after need_bytes.
  std::span<char> room();
  void received(std::size_t count) { end_ += count; }

  /// Nothing of a request has come yet.
  bool at_rest() const { return state_ == State::head && begin_ == end_; }
  bool in_body() const { return state_ == State::body; }
  /// The client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  bool awaits_continue() const { return expects_continue_ && in_body(); }
  void continue_sent() { expects_continue_ = false; }

  /// After a refusal: what is known of it, possibly nothing.
  Request& request() { return request_; }
  const Problem& refusal() const { return refusal_; }
  Step refuse(Problem problem);

  /// Forgets the request and wipes its body; bytes of the next one may already be there.
  void next();

 private:
  enum class State { head, body, complete, refused };
  class Grammar;
  struct Beast;

  Step advance_head();
  Step advance_body();
  bool scan_head();
  Step parse_head();
  Step parse_body();
  void to_front();
  Step bad(std::string detail);
  Step too_large();
  void peek_request_line();
  std::string_view fault_in_head();
  std::string_view fault_in_framing();
  std::string_view fault_in_host() const;
  std::string_view split_target();

  const MessageLimits limits_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of this request
  std::size_t end_ = 0;       // of what was received
  std::size_t scanned_ = 0;   // up to here there is no end of the header
  std::size_t line_ = 0;      // where the line being scanned begins
  std::size_t head_end_ = 0;  // views of request_ point before it
  std::size_t position_ = 0;  // up to here the body is parsed
  std::size_t high_water_ = 0;
  State state_ = State::head;
  bool expects_continue_ = false;
  std::unique_ptr<Beast> beast_;
  std::string_view target_;
  Request request_;
  Problem refusal_{Code::invalid_request, {}};
};

}  // namespace recant::http
