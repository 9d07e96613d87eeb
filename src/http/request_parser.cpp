#include "http/request_parser.hpp"

#include <string.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

namespace recant::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr std::size_t kFirstBuffer = 4096;
/// Beyond a header there is at least this much room, which also bounds a chunk's own line.
constexpr std::size_t kBodyRoom = 2048;

constexpr bool is_token_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         others.find(c) != std::string_view::npos;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

/// Beast's grammar, writing straight into the Request: no field is copied or allocated.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  explicit Grammar(RequestParser& owner) : owner_(owner) {
    // Checked here instead: Beast takes a chunk's size off its limit again whenever it has to look
    // at the chunk's line a second time.
    body_limit(boost::none);
    header_limit(static_cast<std::uint32_t>(owner.limits_.header_bytes));
  }
  bool too_many_fields() const { return too_many_fields_; }
  /// Beast asserts, on bytes from strangers, that it is never shown less of a chunk's size line
  /// than the shortest rest of a chunked body: `0 CR LF CR LF`.
  std::size_t least_bytes() const { return chunked() && chunk_left_ == 0 ? 5 : 1; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    owner_.request_.method = view(method);
    owner_.request_.http11 = version == 11;
    owner_.target_ = view(target);
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code& ec) override {
    // Trailers come this way too. They are dropped: nothing that a gateway decided upon may be
    // changed by what comes after it (RFC 9110 §6.5.1).
    if (header_done_) return;
    if (owner_.request_.headers.size() == owner_.limits_.header_fields) {
      too_many_fields_ = true;
      ec = beast::http::error::header_limit;
      return;
    }
    owner_.request_.headers.add(view(name), view(value));
  }
  void on_header_impl(error_code&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    owner_.request_.body.reserve(static_cast<std::size_t>(length.value_or(kBodyRoom)));
  }
  std::size_t on_body_impl(beast::string_view bytes, error_code&) override {
    owner_.request_.body += view(bytes);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view, error_code& ec) override {
    if (size > owner_.limits_.body_bytes - owner_.request_.body.size()) {
      ec = beast::http::error::body_limit;
      return;
    }
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, error_code&) override {
    owner_.request_.body += view(bytes);
    chunk_left_ -= bytes.size();
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  RequestParser& owner_;
  std::uint64_t chunk_left_ = 0;
  bool header_done_ = false;
  bool too_many_fields_ = false;
};

struct RequestParser::Beast {
  std::optional<Grammar> grammar;  // Beast's parsers are for one message each
};

RequestParser::RequestParser(const MessageLimits& limits)
    : limits_(limits), beast_(std::make_unique<Beast>()) {}
RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::refuse(Problem problem) {
  refusal_ = std::move(problem);
  state_ = State::refused;
  return Step::refused;
}

RequestParser::Step RequestParser::bad(std::string detail) {
  return refuse({Code::invalid_request, std::move(detail)});
}

RequestParser::Step RequestParser::too_large() {
  return refuse({Code::payload_too_large,
                 "The body is larger than " + std::to_string(limits_.body_bytes) + " bytes."});
}

RequestParser::Step RequestParser::advance() {
  switch (state_) {
    case State::head:
      return advance_head();
    case State::body:
      return advance_body();
    case State::complete:
      return Step::complete;
    case State::refused:
      break;
  }
  return Step::refused;
}

void RequestParser::to_front() {
  if (begin_ == 0) return;
  memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  scanned_ -= begin_;
  line_ -= begin_;
  begin_ = 0;
}

std::span<char> RequestParser::room() {
  // Only while no view points into the buffer may it move; in a body there is room already.
  if (state_ == State::head && end_ == buffer_.size()) {
    to_front();
    if (end_ == buffer_.size()) buffer_.resize(std::max(kFirstBuffer, buffer_.size() * 2));
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

/// True when the header's end has been found. Refuses what Beast would wait for or accept. Looks no
/// further than a header may reach, so that what is refused does not depend on how the bytes came.
bool RequestParser::scan_head() {
  const auto end = std::min(end_, begin_ + limits_.header_bytes);
  while (scanned_ < end) {
    const auto* found =
        static_cast<const char*>(memchr(buffer_.data() + scanned_, '\n', end - scanned_));
    if (found == nullptr) {
      scanned_ = end;
      return false;
    }
    const auto newline = static_cast<std::size_t>(found - buffer_.data());
    if (newline == begin_ || buffer_[newline - 1] != '\r') {
      bad("A line of the header ends in LF alone; every line ends in CR LF.");
      return false;
    }
    const char first = buffer_[line_];
    if (line_ != begin_ && (first == ' ' || first == '\t')) {
      bad("A header field is folded over two lines; write it on one.");
      return false;
    }
    const bool empty = newline - 1 == line_;
    line_ = scanned_ = newline + 1;
    if (empty) return true;
  }
  return false;
}

RequestParser::Step RequestParser::advance_head() {
  // RFC 9112 §2.2: empty lines before the request line are skipped.
  while (begin_ + 1 < end_ && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') {
    begin_ = scanned_ = line_ = begin_ + 2;
  }
  if (begin_ == end_) return Step::need_bytes;
  const char first = buffer_[begin_];
  if (first == '\x16') return bad("This port speaks HTTP without TLS; use http://.");
  if (first != '\r' && !is_token_char(first)) return bad("This is not an HTTP/1.1 request.");

  const bool found = scan_head();
  if (state_ == State::refused) return Step::refused;
  if (!found && end_ - begin_ > limits_.header_bytes) {
    peek_request_line();
    return bad("The header is larger than " + std::to_string(limits_.header_bytes) + " bytes.");
  }
  if (!found) return Step::need_bytes;
  if (buffer_.size() - line_ < kBodyRoom) {
    to_front();
    buffer_.resize(std::max(buffer_.size(), line_ + kBodyRoom));
  }
  return parse_head();
}

/// So that a refusal knows which path it concerns, where the line has come.
void RequestParser::peek_request_line() {
  // No more of it than the limit, so that nothing depends on how the bytes came.
  const std::string_view seen{buffer_.data() + begin_,
                              std::min(end_ - begin_, limits_.header_bytes)};
  const auto line = seen.substr(0, seen.find("\r\n"));
  const auto first = line.find(' ');
  if (first == line.npos) return;
  // A target without an end is one that is too long itself; its path may be known all the same.
  const auto second = std::min(line.find(' ', first + 1), line.size());
  request_.method = line.substr(0, first);
  target_ = line.substr(first + 1, second - first - 1);
  split_target();
}

RequestParser::Step RequestParser::parse_head() {
  head_end_ = position_ = high_water_ = line_;
  auto& grammar = beast_->grammar.emplace(*this);
  error_code ec;
  grammar.put(boost::asio::const_buffer(buffer_.data() + begin_, head_end_ - begin_), ec);
  const auto fault_in_target = split_target();
  if (grammar.too_many_fields()) {
    return bad("The header has more than " + std::to_string(limits_.header_fields) + " fields.");
  }
  if (ec) return bad("The request's header is malformed: " + ec.message() + ".");
  if (!fault_in_target.empty()) return bad(std::string(fault_in_target));
  if (const auto fault = fault_in_head(); !fault.empty()) return bad(std::string(fault));

  if (grammar.content_length().value_or(0) > limits_.body_bytes) return too_large();

  request_.keep_alive = grammar.keep_alive();
  if (grammar.is_done()) {
    state_ = State::complete;
    return Step::complete;
  }
  state_ = State::body;
  const auto expect = request_.headers.only("Expect");
  expects_continue_ = request_.http11 && expect && equal_ignoring_case(*expect, "100-continue");
  return advance_body();
}

RequestParser::Step RequestParser::advance_body() {
  high_water_ = std::max(high_water_, end_);
  const auto step = parse_body();
  if (step == Step::complete) state_ = State::complete;
  return step;
}

RequestParser::Step RequestParser::parse_body() {
  auto& grammar = *beast_->grammar;
  while (!grammar.is_done()) {
    if (position_ == end_) {
      position_ = end_ = head_end_;
      return Step::need_bytes;
    }
    expects_continue_ = false;  // it came without being asked for
    error_code ec = beast::http::error::need_more;
    if (end_ - position_ >= grammar.least_bytes()) {
      position_ +=
          grammar.put(boost::asio::const_buffer(buffer_.data() + position_, end_ - position_), ec);
    }
    if (ec == beast::http::error::need_more) {
      if (end_ < buffer_.size()) return Step::need_bytes;
      if (position_ == head_end_) return bad("A chunk's size line or the trailer is too long.");
      memmove(buffer_.data() + head_end_, buffer_.data() + position_, end_ - position_);
      end_ -= position_ - head_end_;
      position_ = head_end_;
      return Step::need_bytes;
    }
    if (ec == beast::http::error::body_limit) return too_large();
    if (ec) return bad("The body's chunks are malformed: " + ec.message() + ".");
  }
  return Step::complete;
}

void RequestParser::next() {
  if (high_water_ > head_end_) {  // there was a body: it may have held a password
    const auto until = position_ == end_ ? high_water_ : position_;
    ::explicit_bzero(buffer_.data() + head_end_, until - head_end_);
    ::explicit_bzero(request_.body.data(), request_.body.size());
  }
  request_.body.clear();
  request_.headers.clear();
  request_.method = request_.path = request_.route = target_ = {};
  request_.query.reset();
  request_.params.clear();
  begin_ = position_;
  if (begin_ == end_) begin_ = end_ = 0;
  scanned_ = line_ = begin_;
  head_end_ = position_ = high_water_ = begin_;
  expects_continue_ = false;
  state_ = State::head;
}

}  // namespace recant::http
