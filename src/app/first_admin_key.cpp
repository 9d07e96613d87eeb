#include "app/first_admin_key.hpp"

#include <string>
#include <utility>

#include "app/private_file.hpp"
#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace recant::app {
namespace {

using service::AdminKey;
using service::AdminScope;

constexpr std::uint8_t kAllScopes =
    static_cast<std::uint8_t>(AdminScope::users) | static_cast<std::uint8_t>(AdminScope::sessions) |
    static_cast<std::uint8_t>(AdminScope::revoke) | static_cast<std::uint8_t>(AdminScope::keys);

Refusal database_says_no() {
  return {
      "The admin keys cannot be read from the database or written to it: see the line above for "
      "the reason."};
}

}  // namespace

OrRefusal<std::vector<AdminKey>> load_or_make_admin_keys(database::AdminKeyStore& store,
                                                         const std::filesystem::path& file,
                                                         const Clock& clock, RandomSource& random) {
  auto keys = store.load_all();
  if (!keys) return database_says_no();
  if (!keys->empty()) return *std::move(keys);

  const SecretString text("ak_" + base64url_encode(random.bytes<32>()));
  // The file first: a crash in between leaves a file without effect, and the next start begins
  // again. The other way round nobody would know the key.
  const SecretString line(std::string(text.reveal()) + "\n");
  if (auto written = write_private_file(file, line.reveal()); !written) return written.error();
  const AdminKey first{"first", base64url_encode(crypto::sha256(text.reveal())), kAllScopes};
  if (!store.add(first, clock.wall())) return database_says_no();
  return std::vector<AdminKey>{first};
}

}  // namespace recant::app
