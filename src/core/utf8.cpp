#include "core/utf8.hpp"

#include <string.h>
#include <utf8proc.h>

#include <cstdlib>

namespace recant::core {
namespace {

std::optional<std::string> map(std::string_view text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                   static_cast<utf8proc_option_t>(options));
  if (length < 0) return std::nullopt;
  std::string result(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
  ::explicit_bzero(mapped, result.size());  // it may be a password
  std::free(mapped);
  return result;
}

bool is_showable(utf8proc_int32_t code) {
  constexpr utf8proc_int32_t kNonJoiner = 0x200c;  // Persian and Indic names are spelled with them
  constexpr utf8proc_int32_t kJoiner = 0x200d;
  if (code == kNonJoiner || code == kJoiner) return true;
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:  // bidirectional overrides and the like
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

}  // namespace

Character first_character(std::string_view text) {
  utf8proc_int32_t code = -1;
  const auto step = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (step <= 0) return {};
  const int columns = utf8proc_charwidth(code);
  return {code, static_cast<std::size_t>(step), columns > 0 ? static_cast<std::size_t>(columns) : 0,
          is_showable(code)};
}

std::optional<std::string> to_nfc(std::string_view text) {
  return map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::optional<std::string> fold_case(std::string_view text) {
  return map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

std::optional<SecretString> fold_compatible(std::string_view secret) {
  auto folded =
      map(secret, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  if (!folded) return std::nullopt;
  return SecretString(*std::move(folded));
}

}  // namespace recant::core
