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

OrRefusal<std::vector<AdminKey>> keys_that_stand(std::vector<AdminKey> keys,
                                                 const std::filesystem::path& file) {
  // Left open, the key would be everybody's on this machine.
  if (auto closed = check_private_file(file); !closed) return closed.error();
  return keys;
}

}  // namespace

OrRefusal<std::vector<AdminKey>> load_or_make_admin_keys(database::SqlAdminKeys& store,
                                                         const std::filesystem::path& file,
                                                         const Clock& clock, RandomSource& random) {
  auto keys = store.load_all();
  if (!keys) return database_says_no();
  if (!keys->empty()) return keys_that_stand(*std::move(keys), file);

  const SecretString text = service::make_admin_key_text(random);
  // The file first: a crash in between leaves a file without effect, and the next start begins
  // again. The other way round nobody would know the key.
  const SecretString line(std::string(text.reveal()) + "\n");
  if (auto written = write_private_file(file, line.reveal()); !written) return written.error();
  const AdminKey first{"first", service::admin_key_hash(text.reveal()), service::kAllAdminScopes,
                       clock.wall()};
  const auto added = store.add_first(first);
  if (added) return std::vector<AdminKey>{first};
  if (added.error() != service::AdminKeyError::taken) return database_says_no();
  // Another server on this database was first: its key counts, and this file opens nothing.
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  keys = store.load_all();
  if (!keys) return database_says_no();
  return keys_that_stand(*std::move(keys), file);
}

}  // namespace recant::app
