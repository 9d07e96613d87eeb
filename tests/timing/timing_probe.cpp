// Measures how long a comparison with a secret takes when the first byte differs, and when the last
// one does. What it prints is for welch.py: numbers of eight bytes, nanoseconds * 2 + kind.
//
//   timing_probe compare|early|mac|refresh COUNT
//
// `early` is the comparison that nobody should use: it shows that the way of measuring would
// notice.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "service/refresh_tokens.hpp"

namespace {

using namespace recant;

constexpr std::size_t kMacBytes = 32;
/// Inputs are made so many ahead: what it takes to make one is over when it is compared.
constexpr std::size_t kBatch = 1024;

/// What is secret, what a stranger shows, and what is measured.
struct Probe {
  std::vector<std::uint8_t> right;  // the last kMacBytes of it are what is compared
  std::function<std::string(std::span<const std::uint8_t>)> shown = [](auto bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::function<bool(const std::string&)> accepts;
};

bool stops_early(std::span<const std::uint8_t> a, crypto::Bytes b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  crypto::SystemRandom().fill(bytes);
  return bytes;
}

Probe comparison(bool (*equal)(crypto::Bytes, crypto::Bytes)) {
  const auto right = random_bytes(kMacBytes);
  return {.right = right, .accepts = [=](const std::string& given) {
            return equal(right, crypto::as_bytes(given));
          }};
}

/// An HS256 signature.
Probe mac() {
  crypto::SystemRandom random;
  const auto key = crypto::SigningKey::generate(crypto::Algorithm::hs256, random);
  const std::string message(200, 'm');
  return {.right = key->sign(message), .accepts = [=](const std::string& given) {
            return key->verification_key().verify(message, crypto::as_bytes(given));
          }};
}

/// A refresh token as a client sends it.
Probe refresh() {
  crypto::SystemRandom random;
  const service::RefreshTokens tokens{{{random.bytes<8>(), random.bytes<32>()}}};
  const service::RefreshTokenFields fields{*Uuid::parse("018f3e6c-1234-7abc-8def-0123456789ab"), 41,
                                           random.bytes<sizeof(core::SessionNonce)>(),
                                           *core::Subject::parse("ada")};
  const auto token = *tokens.make(fields, tokens.current_key_id());
  return {.right = *base64url_decode(token.substr(3)),
          .shown = [](auto bytes) { return "rt_" + base64url_encode(bytes); },
          .accepts = [=](const std::string& given) { return tokens.open(given).has_value(); }};
}

Probe probe_named(const std::string& name) {
  if (name == "compare") return comparison(crypto::equal_in_constant_time);
  if (name == "early") return comparison(stops_early);
  if (name == "mac") return mac();
  if (name == "refresh") return refresh();
  std::fputs("timing_probe: compare, early, mac or refresh\n", stderr);
  std::exit(2);
}

/// Kind 0 differs in the first byte of the MAC, kind 1 in the last.
std::string wrong(const Probe& probe, unsigned kind, std::uint8_t difference) {
  auto bytes = probe.right;
  const std::size_t first = bytes.size() - kMacBytes;
  bytes[kind == 0 ? first : bytes.size() - 1] ^= difference;
  return probe.shown(bytes);
}

void expect(bool is, bool should, const char* what) {
  if (is == should) return;
  std::fprintf(stderr, "timing_probe: %s\n", what);
  std::exit(1);
}

void measure(const Probe& probe, std::size_t count) {
  using Clock = std::chrono::steady_clock;
  std::mt19937_64 random(std::random_device{}());
  expect(probe.accepts(probe.shown(probe.right)), true, "what is right is refused");
  std::string given = probe.shown(probe.right);  // in one place for all
  for (std::size_t done = 0; done < count; done += kBatch) {
    std::vector<std::pair<unsigned, std::string>> batch;
    for (std::size_t i = 0; i < kBatch; ++i) {
      const unsigned kind = random() & 1;
      batch.emplace_back(kind, wrong(probe, kind, static_cast<std::uint8_t>(1 + random() % 255)));
    }
    for (const auto& [kind, text] : batch) {
      given.assign(text);
      const auto begun = Clock::now();
      const bool accepted = probe.accepts(given);
      const auto time = std::chrono::nanoseconds(Clock::now() - begun).count();
      expect(accepted, false, "what is wrong is accepted");
      const auto number = static_cast<std::uint64_t>(time) * 2 + kind;
      std::fwrite(&number, sizeof number, 1, stdout);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  measure(probe_named(argv[1]), std::strtoull(argv[2], nullptr, 10));
}
