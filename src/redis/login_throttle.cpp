#include "redis/login_throttle.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "redis/scripts.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {
namespace {

constexpr unsigned short kHousehold = 64;  // bits of an IPv6 address

std::string millis_text(seconds duration) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(duration).count());
}

std::string digest_of(std::string_view text) { return base64url_encode(crypto::sha256(text)); }

}  // namespace

std::string network_of(std::string_view address) {
  namespace ip = boost::asio::ip;
  boost::system::error_code wrong;
  const auto parsed = ip::make_address(address, wrong);
  if (wrong || parsed.is_v4()) return std::string(address);
  const auto v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  return ip::make_network_v6(v6, kHousehold).canonical().to_string();
}

RedisLoginThrottle::Answer<std::optional<seconds>> RedisLoginThrottle::admit(service::Guess guess) {
  const auto wait = co_await run("admit", std::move(guess));
  if (!wait) co_return wait.error();
  if (*wait <= 0) co_return std::optional<seconds>{};
  co_return std::optional(std::chrono::ceil<seconds>(milliseconds{*wait}));
}

RedisLoginThrottle::Answer<void> RedisLoginThrottle::was_right(service::Guess guess) {
  const auto done = co_await run("right", std::move(guess));
  if (!done) co_return done.error();
  co_return service::Stored<void>{};
}

RedisLoginThrottle::Answer<void> RedisLoginThrottle::was_not_judged(service::Guess guess) {
  const auto done = co_await run("unjudged", std::move(guess));
  if (!done) co_return done.error();
  co_return service::Stored<void>{};
}

RedisLoginThrottle::Answer<std::int64_t> RedisLoginThrottle::run(std::string_view step,
                                                                 service::Guess guess) {
  const std::string network = network_of(guess.address);
  const std::string pair = digest_of(guess.name + '\n' + network);
  const std::vector<std::string> names{
      keys_.failed_pair(pair), keys_.failed_name(digest_of(guess.name)),
      keys_.failed_address(digest_of(network)), keys_.proven_address(pair)};
  const std::vector<std::string> arguments{std::string(step),
                                           std::to_string(terms_.pair),
                                           std::to_string(terms_.proven_pair),
                                           std::to_string(terms_.pair_of_many),
                                           std::to_string(terms_.name),
                                           std::to_string(terms_.address),
                                           millis_text(terms_.longest),
                                           millis_text(terms_.memory),
                                           millis_text(terms_.proof)};
  const auto reply = co_await eval(redis_, Scripts::embedded().throttle_login, names, arguments);
  if (!reply) co_return unavailable(reply.error());
  const auto elements = reply->elements();
  const auto wait = elements.size() == 1 ? elements.front().integer() : std::nullopt;
  if (!wait) co_return unexpected("throttle_login");
  co_return *wait;
}

}  // namespace recant::redis
