// What a service does about a token without Recant, but for the question to Redis: three libraries,
// each as it is usually called. Each in a .cpp of its own, since two of them call themselves `jwt`.
//
// Each is made for one key and asked on one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace recant::bench {

/// The token's `jti`; empty where it is not good. The token ends with a zero.
using Verify = std::function<std::string(std::string_view token)>;

/// Signature, iss, aud and exp; parse the PEM each time.
Verify libjwt(const std::string& pem);
Verify cpp_jwt(const std::string& pem);
/// The least there can be: the key parsed once, the signature, and the payload as JSON. So do
/// jwt-cpp and its like, and then look at the claims.
Verify openssl(const std::string& pem);

}  // namespace recant::bench
