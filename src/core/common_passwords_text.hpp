// common_passwords.txt as CMake writes it into the program, so that none needs the file beside it.
#pragma once

#include <string_view>

namespace recant::core {

extern const std::string_view kCommonPasswordsText;

}  // namespace recant::core
