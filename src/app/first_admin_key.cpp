#include "app/first_admin_key.hpp"

#include <string>
#include <utility>

#include "app/private_file.hpp"
#include "service/admin_access.hpp"

namespace recant::app {
namespace {

using service::AdminKey;

Refusal database_says_no() {
  return {
      "The admin keys cannot be read from the database or written to it: see the line above for "
      "the reason."};
}

}  // namespace

OrRefusal<std::vector<AdminKey>> load_or_make_admin_keys(database::SqlAdminKeys& store,
                                                         const std::filesystem::path& file,
                                                         const Clock& clock, RandomSource& random) {
  auto keys = store.load_all();
  if (!keys) return database_says_no();
  if (!keys->empty()) {
    // Left open, the key would be everybody's on this machine.
    if (auto closed = check_private_file(file); !closed) return closed.error();
    return *std::move(keys);
  }

  const SecretString text = service::make_admin_key_text(random);
  // The file first: a crash in between leaves a file without effect, and the next start begins
  // again. The other way round nobody would know the key.
  const SecretString line(std::string(text.reveal()) + "\n");
  if (auto written = write_private_file(file, line.reveal()); !written) return written.error();
  const AdminKey first{"first", service::admin_key_hash(text.reveal()), service::kAllAdminScopes,
                       clock.wall()};
  if (!store.add_first(first)) return database_says_no();
  return std::vector<AdminKey>{first};
}

}  // namespace recant::app
