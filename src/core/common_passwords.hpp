// The passwords that guessing starts with (ASVS 6.2.4): common_passwords.txt says which, and where
// they are from. Thread-safe.
#pragma once

#include <string_view>

namespace recant::core {

/// Regardless of case, and of how a character is encoded: "Ｐａｓｓｗｏｒｄ１" is "password1" (the
/// case folding of NFKC, UAX #15). What is no UTF-8 is not common.
bool is_common_password(std::string_view password);

}  // namespace recant::core
