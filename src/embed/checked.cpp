#include <recant/verifier.hpp>

#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <tuple>

#include "base/made_by.hpp"
#include "embed/checked_writer.hpp"

namespace recant {
namespace {

constexpr std::string_view kNoMemory = "there is no memory for the answer";

char* put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

/// Is this one of the words that have `between` between them?
bool is_among(std::string_view word, std::string_view words, char between) {
  if (word.empty() || word.find(between) != std::string_view::npos) return false;
  while (!words.empty()) {
    const std::size_t end = words.find(between);
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return false;
}

}  // namespace

const char* to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::invalid:
      return "invalid";
    case Verdict::revoked:
      return "revoked";
    case Verdict::unavailable:
      return "unavailable";
  }
  return "unknown";
}

Checked::Data Checked::only_a_reason(std::string_view why) noexcept {
  Data data{};
  why = why.substr(0, sizeof(data.inside) - kFieldCount);
  put(data.inside, why);
  auto end = static_cast<std::uint32_t>(why.size());
  for (std::uint32_t& field : data.ends) field = end++;
  data.size = end;
  data.verdict = Verdict::unavailable;
  return data;
}

/// The rest is to be written before anybody reads it.
Checked::Checked(Unwritten) noexcept {  // NOLINT(cppcoreguidelines-pro-type-member-init)
  data_.more = nullptr;
  data_.size = 0;
  data_.verdict = Verdict::unavailable;
}

Checked::Checked() noexcept : data_(only_a_reason("not checked")) {}

/// Not all of `inside`, of which most answers fill a part.
void Checked::copy_bytes(const Data& other) noexcept {
  const std::size_t text = other.more == nullptr ? other.size : 0;
  std::memcpy(&data_, &other, offsetof(Data, inside) + text);
}

Checked::Checked(const Checked& other) noexcept {  // NOLINT(cppcoreguidelines-pro-type-member-init)
  copy_bytes(other.data_);
  if (other.data_.more == nullptr) return;
  data_.more = new (std::nothrow) char[data_.size];
  if (data_.more != nullptr) {
    std::memcpy(data_.more, other.data_.more, data_.size);
  } else {
    data_ = only_a_reason(kNoMemory);
  }
}

Checked::Checked(Checked&& other) noexcept {  // NOLINT(cppcoreguidelines-pro-type-member-init)
  copy_bytes(other.data_);
  if (other.data_.more != nullptr) other.data_ = only_a_reason("moved away");
}

Checked& Checked::operator=(const Checked& other) noexcept {
  if (this != &other) *this = Checked(other);
  return *this;
}

Checked& Checked::operator=(Checked&& other) noexcept {
  if (this == &other) return *this;
  delete[] data_.more;
  copy_bytes(other.data_);
  if (other.data_.more != nullptr) other.data_ = only_a_reason("moved away");
  return *this;
}

Checked::~Checked() { delete[] data_.more; }

std::string_view Checked::text(Field field) const noexcept {
  // Each text ends before the zero that the next begins after.
  const std::uint32_t begin = field == 0 ? 0 : data_.ends[field - 1] + 1;
  return {bytes() + begin, data_.ends[field] - begin};
}

bool Checked::has_scope(std::string_view word) const noexcept {
  return is_among(word, text(kScope), ' ');
}

bool Checked::has_audience(std::string_view name) const noexcept {
  return is_among(name, text(kAudience), '\n');
}

std::chrono::system_clock::time_point Checked::expires_at() const noexcept {
  return std::chrono::system_clock::time_point(std::chrono::seconds(data_.expires_at_seconds));
}

/// Room for so many bytes of text; nullptr where there is none.
char* CheckedWriter::make_room(Checked::Data& data, std::size_t size) noexcept {
  if (size > std::numeric_limits<std::uint32_t>::max()) return nullptr;
  data.size = static_cast<std::uint32_t>(size);
  if (size <= sizeof(data.inside)) return data.inside;
  return data.more = new (std::nothrow) char[size];
}

Checked CheckedWriter::write(const CheckedParts& parts) noexcept {
  const std::string_view texts[Checked::kFieldCount] = {
      parts.reason,    parts.subject, parts.session, parts.scope,
      parts.client_id, parts.issuer,  parts.audience};
  std::size_t size = 0;
  for (const std::string_view text : texts) size += text.size() + 1;

  Checked checked{Checked::Unwritten{}};
  Checked::Data& data = checked.data_;
  char* const begin = make_room(data, size);
  if (begin == nullptr) return unavailable(kNoMemory);
  char* to = begin;
  for (std::size_t i = 0; i < Checked::kFieldCount; ++i) {
    to = put(to, texts[i]);
    data.ends[i] = static_cast<std::uint32_t>(to - begin);
    *to++ = '\0';
  }
  data.verdict = parts.verdict;
  data.expires_at_seconds = count(parts.expires_at);
  return checked;
}

Checked CheckedWriter::valid(const verify::Identity& identity) noexcept {
  Checked checked{Checked::Unwritten{}};
  char* const to = begin(checked, identity.told());
  if (to == nullptr) return unavailable(kNoMemory);
  put(to, identity.told_text());
  return checked;
}

std::optional<Checked> CheckedWriter::blank() noexcept {
  return std::optional<Checked>(std::in_place,
                                MadeBy([] { return Checked(Checked::Unwritten{}); }));
}

char* CheckedWriter::begin(Checked& blank, const verify::Told& told) noexcept {
  static_assert(Checked::kReason == 0 &&
                Checked::kFieldCount == std::tuple_size_v<decltype(told.ends)> + 1);
  Checked::Data& data = blank.data_;
  char* const text = make_room(data, told.size() + 1);
  if (text == nullptr) return nullptr;
  *text = '\0';  // there is no reason
  std::uint32_t* end = data.ends;
  *end = 0;
  for (const std::uint16_t told_end : told.ends) *++end = told_end + 1U;
  data.verdict = Verdict::valid;
  data.expires_at_seconds = count(told.expires_at);
  return text + 1;
}

Checked CheckedWriter::unavailable(std::string_view why) noexcept {
  Checked checked;
  checked.data_ = Checked::only_a_reason(why);
  return checked;
}

}  // namespace recant
