#include "base/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <string_view>

namespace recant::json {
namespace {

namespace bj = boost::json;
using boost::system::error_code;

constexpr std::size_t kMaxDepth = 1000;  // what parses is also walked and freed recursively

bool has_duplicates(const std::vector<Member>& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const Member& member : members) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

/// Reads a number that the tokenizer has found well-formed. Boost 1.81 rounds doubles loosely and
/// drops the sign of -0, so its own reading is not used.
std::optional<Value> read_number(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos && text != "-0") {
    std::int64_t i = 0;
    if (std::from_chars(text.data(), end, i).ec == std::errc{}) return Value(i);
    std::uint64_t u = 0;
    if (text.front() != '-' && std::from_chars(text.data(), end, u).ec == std::errc{}) {
      return Value(u);
    }
  }
  double d = 0;
  if (std::from_chars(text.data(), end, d).ec != std::errc{}) return std::nullopt;
  return Value(d);
}

/// Collects the events of Boost.JSON's tokenizer into a Value, and refuses what Limits forbid.
class Handler {
 public:
  static constexpr auto max_array_size = static_cast<std::size_t>(-1);
  static constexpr auto max_object_size = static_cast<std::size_t>(-1);
  static constexpr auto max_string_size = static_cast<std::size_t>(-1);
  static constexpr auto max_key_size = static_cast<std::size_t>(-1);

  explicit Handler(const Limits& limits) : limits_(limits) {}

  std::optional<ParseError> refusal() const { return refusal_; }
  Value take_root() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_array_begin(error_code& ec) { return open(ec); }
  bool on_object_begin(error_code& ec) { return open(ec); }
  bool on_array_end(std::size_t, error_code& ec) { return add(Value(close().elements), ec); }
  bool on_object_end(std::size_t, error_code& ec) {
    Frame frame = close();
    if (has_duplicates(frame.members)) return refuse(ParseError::duplicate_name, ec);
    return add(Value(Object(std::move(frame.members))), ec);
  }

  bool on_key_part(bj::string_view s, std::size_t, error_code& ec) { return append(s, ec); }
  bool on_key(bj::string_view s, std::size_t, error_code& ec) {
    if (!append(s, ec)) return false;
    open_.back().name = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(bj::string_view s, std::size_t, error_code& ec) { return append(s, ec); }
  bool on_string(bj::string_view s, std::size_t, error_code& ec) {
    return append(s, ec) && add(Value(std::exchange(text_, {})), ec);
  }

  bool on_number_part(bj::string_view s, error_code& ec) {
    if (s.size() > limits_.number_chars - text_.size()) {
      return refuse(ParseError::number_too_long, ec);
    }
    text_.append(s.data(), s.size());
    return true;
  }
  bool on_int64(std::int64_t, bj::string_view s, error_code& ec) { return on_number(s, ec); }
  bool on_uint64(std::uint64_t, bj::string_view s, error_code& ec) { return on_number(s, ec); }
  bool on_double(double, bj::string_view s, error_code& ec) { return on_number(s, ec); }

  bool on_bool(bool b, error_code& ec) { return add(Value(b), ec); }
  bool on_null(error_code& ec) { return add(Value(), ec); }
  // The tokenizer was told to allow no comments; it asks for these all the same.
  bool on_comment_part(bj::string_view, error_code& ec) { return refuse(ParseError::syntax, ec); }
  bool on_comment(bj::string_view, error_code& ec) { return refuse(ParseError::syntax, ec); }

 private:
  /// An array or object that has not ended. Each uses one of the two lists.
  struct Frame {
    std::optional<std::string> name;  // of the member whose value comes next
    std::vector<Member> members;
    Array elements;
  };

  bool refuse(ParseError why, error_code& ec) {
    refusal_ = why;
    ec = bj::error::syntax;
    return false;
  }
  bool open(error_code& ec) {
    if (open_.size() >= std::min(limits_.depth, kMaxDepth)) {
      return refuse(ParseError::too_deep, ec);
    }
    open_.emplace_back();
    return true;
  }
  Frame close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    return frame;
  }
  bool add(Value value, error_code& ec);
  bool append(bj::string_view s, error_code& ec) {
    if (s.size() > limits_.string_bytes - text_.size()) {
      return refuse(ParseError::string_too_long, ec);
    }
    text_.append(s.data(), s.size());
    return true;
  }
  bool on_number(bj::string_view s, error_code& ec) {
    if (!on_number_part(s, ec)) return false;
    std::optional<Value> value = read_number(text_);
    text_.clear();
    if (!value) return refuse(ParseError::number_out_of_range, ec);
    return add(std::move(*value), ec);
  }

  const Limits limits_;
  std::string text_;  // of the string, name or number being read
  std::vector<Frame> open_;
  Value root_;
  std::optional<ParseError> refusal_;
};

bool Handler::add(Value value, error_code& ec) {
  if (open_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Frame& frame = open_.back();
  if (frame.members.size() + frame.elements.size() >= limits_.members) {
    return refuse(ParseError::too_many_members, ec);
  }
  if (frame.name) {
    frame.members.push_back({std::move(*frame.name), std::move(value)});
    frame.name.reset();
  } else {
    frame.elements.push_back(std::move(value));
  }
  return true;
}

ParseError map_error(const error_code& ec) {
  if (ec == bj::error::incomplete) return ParseError::incomplete;
  if (ec == bj::error::extra_data) return ParseError::trailing_bytes;
  if (ec == bj::error::exponent_overflow) return ParseError::number_out_of_range;
  return ParseError::syntax;
}

/// The length of the well-formed UTF-8 sequence (RFC 3629 §4) that `text` begins with, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {  // no overlong forms, no surrogates
    return tail(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {  // nothing beyond U+10FFFF
    return tail(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3)
               ? 4
               : 0;
  }
  return 0;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    out.append(length > 0 ? text.substr(0, length) : "\xef\xbf\xbd");
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

/// Written as it is: printable ASCII but for the two that mean something within quotes. Most names
/// and values are nothing else.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  void operator()(std::monostate) { out_ += "null"; }
  void operator()(bool b) { out_ += b ? "true" : "false"; }
  void operator()(std::integral auto i) { number(i); }
  void operator()(double d) {
    if (!std::isfinite(d)) return (*this)(std::monostate{});
    const std::size_t begin = out_.size();
    number(d);
    if (out_.find_first_of(".e", begin) == std::string::npos) out_ += ".0";  // stays a double
  }
  void operator()(const std::string& text) {
    if (!is_plain(text)) {
      out_ += bj::serialize(replace_invalid_utf8(text));
      return;
    }
    out_ += '"';
    out_ += text;
    out_ += '"';
  }
  void operator()(const Array& array) {
    out_ += '[';
    for (const Value& value : array) {
      if (out_.back() != '[') out_ += ',';
      value.visit(*this);
    }
    out_ += ']';
  }
  void operator()(const Object& object) {
    out_ += '{';
    for (const Member& member : object) {
      if (out_.back() != '{') out_ += ',';
      (*this)(member.name);
      out_ += ':';
      member.value.visit(*this);
    }
    out_ += '}';
  }

 private:
  void number(auto n) {
    std::array<char, 32> text{};  // the longest double takes 24
    const auto written = std::to_chars(text.data(), text.data() + text.size(), n);
    out_.append(text.data(), written.ptr);
  }
  std::string out_;
};

}  // namespace

// Out of line: in the header Member is not complete yet.
Object::Object() = default;
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;
bool Object::operator==(const Object&) const = default;
std::size_t Object::size() const { return members_.size(); }
std::vector<Member>::const_iterator Object::begin() const { return members_.begin(); }
std::vector<Member>::const_iterator Object::end() const { return members_.end(); }

Object::Object(std::initializer_list<Member> members) : members_(members) {}
Object::Object(std::vector<Member> members) : members_(std::move(members)) {}

const Value* Object::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members_.end() ? nullptr : &found->value;
}

Object& Object::set(std::string name, Value value) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found != members_.end()) {
    found->value = std::move(value);
  } else {
    members_.push_back({std::move(name), std::move(value)});
  }
  return *this;
}

std::optional<bool> Value::as_bool() const {
  const bool* b = std::get_if<bool>(&data_);
  return b ? std::optional(*b) : std::nullopt;
}

std::optional<std::int64_t> Value::as_int64() const {
  const auto* i = std::get_if<std::int64_t>(&data_);
  return i ? std::optional(*i) : std::nullopt;
}

std::optional<std::uint64_t> Value::as_uint64() const {
  if (const auto* u = std::get_if<std::uint64_t>(&data_)) return *u;
  const auto* i = std::get_if<std::int64_t>(&data_);
  return i && *i >= 0 ? std::optional(static_cast<std::uint64_t>(*i)) : std::nullopt;
}

std::optional<double> Value::as_double() const {
  if (const auto* d = std::get_if<double>(&data_)) return *d;
  if (const auto* u = std::get_if<std::uint64_t>(&data_)) return static_cast<double>(*u);
  const auto* i = std::get_if<std::int64_t>(&data_);
  return i ? std::optional(static_cast<double>(*i)) : std::nullopt;
}

const Value* Value::find(std::string_view name) const {
  const Object* object = as_object();
  return object ? object->find(name) : nullptr;
}

const std::string* Value::string(std::string_view name) const {
  const Value* value = find(name);
  return value ? value->as_string() : nullptr;
}

std::string_view to_string(ParseError error) {
  switch (error) {
    case ParseError::syntax:
      return "it is not JSON in UTF-8";
    case ParseError::incomplete:
      return "it ends too early";
    case ParseError::trailing_bytes:
      return "something follows the value";
    case ParseError::duplicate_name:
      return "an object has two members of one name";
    case ParseError::too_deep:
      return "it is nested too deeply";
    case ParseError::too_many_members:
      return "an object or array has too many members";
    case ParseError::number_too_long:
      return "a number has too many digits";
    case ParseError::number_out_of_range:
      return "a number is out of range";
    case ParseError::string_too_long:
      return "a string is too long";
  }
  return "it is not JSON";
}

Result<Value, ParseError> parse(std::string_view text, const Limits& limits) {
  if (text.empty()) return ParseError::incomplete;
  bj::parse_options options;
  options.max_depth = kMaxDepth + 1;  // the handler counts, and can say so
  bj::basic_parser<Handler> parser(options, limits);
  error_code ec;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (const auto refusal = parser.handler().refusal()) return *refusal;
  if (ec) return map_error(ec);
  if (consumed < text.size()) return ParseError::trailing_bytes;
  return parser.handler().take_root();
}

std::string serialize(const Value& value) {
  Writer writer;
  value.visit(writer);
  return writer.take();
}

}  // namespace recant::json
