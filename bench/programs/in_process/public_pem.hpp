// The public half of a private key, both as PEM.
#pragma once

#include <string>
#include <string_view>

namespace recant::bench {

std::string public_pem(std::string_view private_pem);

}  // namespace recant::bench
