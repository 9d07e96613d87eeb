#include "redis/resp_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace recant::redis {
namespace {

constexpr std::size_t kCrLf = 2;
/// Room taken before an element has arrived; a promise of more is believed when it is kept.
constexpr std::size_t kReserve = 64;

constexpr std::array<std::string_view, 14> kNames = {
    "unknown_type",  "bad_line",       "bad_length",        "bad_number",     "bad_boolean",
    "bad_null",      "bad_verbatim",   "bad_push",          "bad_terminator", "line_too_long",
    "blob_too_long", "reply_too_long", "too_many_elements", "too_deep"};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

bool is_big_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

ReplyKind text_kind(char type) {
  switch (type) {
    case '-':
    case '!':
      return ReplyKind::error;
    case '+':
      return ReplyKind::simple_string;
    case '=':
      return ReplyKind::verbatim;
    case '(':
      return ReplyKind::big_number;
    default:
      return ReplyKind::blob_string;
  }
}

ReplyKind aggregate_kind(char type) {
  switch (type) {
    case '%':
    case '|':
      return ReplyKind::map;
    case '~':
      return ReplyKind::set;
    case '>':
      return ReplyKind::push;
    default:
      return ReplyKind::array;
  }
}

}  // namespace

std::string_view name(ParseErrc code) { return kNames.at(static_cast<std::size_t>(code)); }

void RespParser::feed(std::string_view bytes) {
  if (position_ > 0) {
    buffer_.erase(0, position_);
    position_ = 0;
  }
  buffer_ += bytes;
}

Result<std::optional<Reply>, ParseErrc> RespParser::next() {
  if (failed_) return *failed_;
  while (true) {
    Reply value;
    const auto stepped = step(value);
    if (!stepped) return *(failed_ = stepped.error());
    if (*stepped == Step::need_more) return std::optional<Reply>();
    if (*stepped == Step::opened) continue;
    const auto complete = deliver(value);
    if (!complete) return *(failed_ = complete.error());
    if (*complete) return std::optional<Reply>(std::move(value));
  }
}

RespParser::StepResult RespParser::step(Reply& value) {
  if (position_ == buffer_.size()) return Step::need_more;
  const char type = buffer_[position_];
  constexpr std::string_view kScalars = "+-:,#_(";
  constexpr std::string_view kBlobs = "$!=";
  constexpr std::string_view kAggregates = "*~%>|";
  const bool is_scalar = kScalars.find(type) != std::string_view::npos;
  const bool is_blob = kBlobs.find(type) != std::string_view::npos;
  const bool is_aggregate = kAggregates.find(type) != std::string_view::npos;
  if (!is_scalar && !is_blob && !is_aggregate) return ParseErrc::unknown_type;

  const auto text = line();
  if (!text) return text.error();
  if (!*text) return Step::need_more;
  if (is_scalar) return scalar(type, **text, value);
  if (is_blob) return blob(type, **text, value);
  return aggregate(type, **text, value);
}

Result<std::optional<std::string_view>, ParseErrc> RespParser::line() {
  const std::size_t start = position_ + 1;
  const std::string_view rest = std::string_view(buffer_).substr(start);
  // The last byte seen may be the CR of an end that is still to come.
  const std::size_t end = rest.find_first_of("\r\n", scanned_);
  if (std::min(end, rest.size()) > limits_.line_bytes) return ParseErrc::line_too_long;
  if (reply_bytes_ + std::min(end, rest.size()) > limits_.reply_bytes) {
    return ParseErrc::reply_too_long;
  }
  if (end == std::string_view::npos) {
    scanned_ = rest.size();
    return std::optional<std::string_view>();
  }
  scanned_ = end;
  if (rest[end] == '\n') return ParseErrc::bad_line;
  if (end + 1 == rest.size()) return std::optional<std::string_view>();
  if (rest[end + 1] != '\n') return ParseErrc::bad_line;
  return std::optional(rest.substr(0, end));
}

void RespParser::consume(std::size_t bytes) {
  position_ += bytes;
  reply_bytes_ += bytes;
  scanned_ = 0;
}

RespParser::StepResult RespParser::scalar(char type, std::string_view line, Reply& value) {
  switch (type) {
    case '_':
      if (!line.empty()) return ParseErrc::bad_null;
      break;
    case '#':
      if (line != "t" && line != "f") return ParseErrc::bad_boolean;
      value = Reply::boolean(line == "t");
      break;
    case ':': {
      const auto number = parse_number<std::int64_t>(line);
      if (!number) return ParseErrc::bad_number;
      value = Reply::integer(*number);
      break;
    }
    case ',': {
      const auto number = parse_number<double>(line);
      if (!number) return ParseErrc::bad_number;
      value = Reply::real(*number);
      break;
    }
    case '(':
      if (!is_big_number(line)) return ParseErrc::bad_number;
      [[fallthrough]];
    default:
      value = Reply::text(text_kind(type), std::string(line));
  }
  consume(1 + line.size() + kCrLf);
  return Step::value;
}

RespParser::StepResult RespParser::blob(char type, std::string_view line, Reply& value) {
  const std::size_t header = 1 + line.size() + kCrLf;
  if (type == '$' && line == "-1") {  // RESP2's null
    consume(header);
    return Step::value;
  }
  const auto size = length(line);
  if (!size) return size.error();
  if (*size > limits_.blob_bytes) return ParseErrc::blob_too_long;
  if (reply_bytes_ + *size > limits_.reply_bytes) return ParseErrc::reply_too_long;

  const std::string_view rest = std::string_view(buffer_).substr(position_ + header);
  if (rest.size() < *size + kCrLf) return Step::need_more;
  if (rest.substr(*size, kCrLf) != "\r\n") return ParseErrc::bad_terminator;
  std::string_view text = rest.substr(0, *size);
  if (type == '=') {
    if (text.size() < 4 || text[3] != ':') return ParseErrc::bad_verbatim;
    text.remove_prefix(4);
  }
  value = Reply::text(text_kind(type), std::string(text));
  consume(header + *size + kCrLf);
  return Step::value;
}

RespParser::StepResult RespParser::aggregate(char type, std::string_view line, Reply& value) {
  const std::size_t header = 1 + line.size() + kCrLf;
  if (type == '*' && line == "-1") {  // RESP2's null
    consume(header);
    return Step::value;
  }
  const auto count = length(line);
  if (!count) return count.error();
  if (type == '>' && (!stack_.empty() || *count == 0)) return ParseErrc::bad_push;
  if (*count > limits_.reply_elements) return ParseErrc::too_many_elements;
  const std::size_t elements = type == '%' || type == '|' ? *count * 2 : *count;
  reply_elements_ += elements;
  if (reply_elements_ > limits_.reply_elements) return ParseErrc::too_many_elements;
  if (stack_.size() == limits_.depth) return ParseErrc::too_deep;

  consume(header);
  const bool attribute = type == '|';
  if (elements == 0) {
    if (attribute) return Step::opened;
    value = Reply::aggregate(aggregate_kind(type), {});
    return Step::value;
  }
  Frame& frame = stack_.emplace_back(Frame{aggregate_kind(type), attribute, elements, {}});
  frame.elements.reserve(std::min(elements, kReserve));
  return Step::opened;
}

Result<std::size_t, ParseErrc> RespParser::length(std::string_view digits) const {
  constexpr std::size_t kMostDigits = 12;  // beyond every cap, within 64 bits
  if (digits.size() > kMostDigits) return ParseErrc::bad_length;
  const auto value = parse_number<std::uint64_t>(digits);
  if (!value) return ParseErrc::bad_length;
  return static_cast<std::size_t>(*value);
}

Result<bool, ParseErrc> RespParser::deliver(Reply& value) {
  while (!stack_.empty()) {
    Frame& top = stack_.back();
    if (top.kind == ReplyKind::push && top.elements.empty() && !value.text()) {
      return ParseErrc::bad_push;
    }
    top.elements.push_back(std::move(value));
    if (--top.remaining > 0) return false;
    Frame done = std::move(top);
    stack_.pop_back();
    if (done.attribute) return false;  // what it belongs to follows
    value = Reply::aggregate(done.kind, std::move(done.elements));
  }
  reply_bytes_ = 0;
  reply_elements_ = 0;
  return true;
}

}  // namespace recant::redis
