// The verifier itself as a door: judges whatever is read, at whatever time it is told.
//
//   verifier_door JWKS ISSUER AUDIENCE     one line a token, "<Unix ms> <token in hex>"
//
// Answers "accepted" or the error's name, a line each; a key set that is refused ends it with 2.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "jose/jwks.hpp"
#include "verify/access_token.hpp"

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 3;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto keys = recant::jose::parse_jwks(text);
  if (!keys) {
    std::cerr << keys.error().message() << '\n';
    return 2;
  }
  const recant::verify::AccessTokenVerifier verifier({.issuer = argv[2], .audience = {argv[3]}},
                                                     *std::move(keys));
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    const auto now = recant::unix_millis(std::stoll(line.substr(0, space)));
    const auto verified = verifier.verify(from_hex(line.substr(space + 1)), now);
    std::cout << (verified ? "accepted" : name_of(verified.error())) << '\n';
  }
}
