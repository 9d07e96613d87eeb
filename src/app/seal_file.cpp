#include "app/seal_file.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "app/private_file.hpp"
#include "base/base64url.hpp"

namespace recant::app {
namespace {

constexpr std::size_t kMostLines = 4;

/// The common alphabet and padding as well as base64url.
std::optional<SecretString> decode(std::string_view line) {
  while (line.ends_with('=')) line.remove_suffix(1);
  std::string text(line);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  const SecretString encoded(std::move(text));
  auto bytes = base64url_decode_text(encoded.reveal());
  if (!bytes) return std::nullopt;
  return SecretString(*std::move(bytes));
}

}  // namespace

OrRefusal<std::vector<crypto::Sealer>> read_seal_file(const std::filesystem::path& file) {
  const auto text = read_private_file(file);
  if (!text) return text.error();
  std::vector<crypto::Sealer> sealers;
  std::string_view left = text->reveal();
  bool good = true;
  while (good && !left.empty()) {
    const auto end = left.find('\n');
    const auto secret = decode(left.substr(0, end));
    left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
    good = secret && crypto::Sealer::is_good(crypto::as_bytes(secret->reveal())) &&
           sealers.size() < kMostLines;
    if (good) sealers.emplace_back(crypto::as_bytes(secret->reveal()));
  }
  if (good && !sealers.empty()) return sealers;
  return Refusal{"The file " + file.string() +
                 " (keys.seal_file) must hold the base64 of 32 random bytes or more on each of at "
                 "most " +
                 std::to_string(kMostLines) + " lines. For the first start make one with " +
                 kHowToSeal + "."};
}

}  // namespace recant::app
