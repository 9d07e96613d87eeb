// RESP3 without I/O: bytes in, replies out, however the bytes are cut. Everything is taken for
// hostile (R35): lengths, nesting and counts are capped, nothing is allocated on a promise, and a
// deviation from the protocol is an error that sticks: the connection has to be closed.
//
// Attributes are skipped. Streamed aggregates (`$?`, `*?`), which Redis never sends, are refused.
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "redis/reply.hpp"

namespace recant::redis {

/// What no honest reply to a command of ours comes near.
struct ParserLimits {
  std::size_t line_bytes = 64 * 1024;          ///< simple strings, errors, numbers
  std::size_t blob_bytes = 16 * 1024 * 1024;   ///< one blob string
  std::size_t reply_bytes = 32 * 1024 * 1024;  ///< one reply with all that it holds
  std::size_t reply_elements = 256 * 1024;     ///< at all depths together
  std::size_t depth = 8;                       ///< aggregates inside aggregates
};

enum class ParseErrc {
  unknown_type,    ///< a byte that begins no reply
  bad_line,        ///< CR without LF, or LF without CR
  bad_length,      ///< not a plain decimal number
  bad_number,      ///< an integer beyond 64 bits, or no number
  bad_boolean,     ///< neither #t nor #f
  bad_null,        ///< `_` with something behind it
  bad_verbatim,    ///< without its three letters and colon
  bad_push,        ///< inside another reply, or without a name
  bad_terminator,  ///< a blob that is not followed by CR LF
  line_too_long,
  blob_too_long,
  reply_too_long,
  too_many_elements,
  too_deep,
};

std::string_view name(ParseErrc code);

class RespParser {
 public:
  explicit RespParser(ParserLimits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);
  /// The next whole reply, or nothing while more bytes are needed. After an error, that error.
  Result<std::optional<Reply>, ParseErrc> next();

  /// Bytes held for a reply that is not complete. Zero between replies.
  std::size_t pending_bytes() const { return buffer_.size() - position_ + reply_bytes_; }

 private:
  struct Frame {
    ReplyKind kind;
    bool attribute;  ///< to be read and forgotten
    std::size_t remaining;
    std::vector<Reply> elements;
  };
  /// What one step over the buffer came to.
  enum class Step { value, opened, need_more };
  using StepResult = Result<Step, ParseErrc>;

  StepResult step(Reply& value);
  StepResult scalar(char type, std::string_view line, Reply& value);
  StepResult blob(char type, std::string_view line, Reply& value);
  StepResult aggregate(char type, std::string_view line, Reply& value);
  /// The line after the type byte, without CR LF. Nothing while it is incomplete.
  Result<std::optional<std::string_view>, ParseErrc> line();
  Result<std::size_t, ParseErrc> length(std::string_view digits) const;
  /// Puts a value where it belongs; true if a top-level reply is complete.
  Result<bool, ParseErrc> deliver(Reply& value);
  void consume(std::size_t bytes);

  ParserLimits limits_;
  std::string buffer_;
  std::size_t position_ = 0;        ///< of the first byte that is not parsed
  std::size_t scanned_ = 0;         ///< line bytes known to hold no end, so that none is read twice
  std::size_t reply_bytes_ = 0;     ///< consumed by the reply that is being read
  std::size_t reply_elements_ = 0;  ///< promised in it so far
  std::vector<Frame> stack_;
  std::optional<ParseErrc> failed_;
};

}  // namespace recant::redis
