#include "database/database.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <mutex>
#include <set>
#include <vector>

#include "database/fixture.hpp"
#include "database/migrations.hpp"
#include "database/sql_accounts.hpp"
#include "database/sql_admin_keys.hpp"

namespace recant::database {
namespace {

using service::AccountError;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const std::filesystem::path& file) {
  const auto opened = Database::open_sqlite(file, {});
  return opened ? "opened" : opened.error().sentence;
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

int mode_of(const std::filesystem::path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST(Database, IsReadableByItsOwnerAlone) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0);
  const auto database = open_or_die(directory / "recant.db");
  ::umask(before);
  EXPECT_EQ(mode_of(directory / "recant.db"), 0600);
  EXPECT_EQ(mode_of(directory / "recant.db-wal"), 0600);
  EXPECT_EQ(mode_of(directory / "recant.db-shm"), 0600);
}

TEST(Database, CommitsReachTheDiskBeforeTheyReturn) {
  const TemporaryDirectory directory;
  const auto database = open_or_die(directory / "recant.db");
  for (std::size_t i = 0; i < database->connections(); ++i) {
    const Database::Lease lease = database->lease();
    std::string journal;
    int synchronous = 0;
    int foreign_keys = 0;
    *lease << "PRAGMA journal_mode", soci::into(journal);
    *lease << "PRAGMA synchronous", soci::into(synchronous);
    *lease << "PRAGMA foreign_keys", soci::into(foreign_keys);
    EXPECT_EQ(journal, "wal");
    EXPECT_EQ(synchronous, 2);  // FULL, sqlite.org/pragma.html#pragma_synchronous
    EXPECT_EQ(foreign_keys, 1);
  }
}

TEST(Database, OpeningAgainKeepsWhatIsThere) {
  const TemporaryDirectory directory;
  for (int round = 0; round < 3; ++round) {
    const auto database = open_or_die(directory / "recant.db");
    SqlAccounts accounts(*database);
    ASSERT_TRUE(run(accounts.add(account_named("user" + std::to_string(round), round))));
    EXPECT_EQ(run(accounts.list("", 100))->accounts.size(), round + 1u);
  }
}

TEST(Database, SeveralProcessesCreateTheSchemaOnce) {
  const TemporaryDirectory directory;
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string said = refusal(directory / "recant.db");
      if (said != "opened") std::fprintf(stderr, "%s\n", said.c_str());
      ::_exit(said == "opened" ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const auto database = open_or_die(directory / "recant.db");
  int version = 0;
  *database->lease() << "SELECT version FROM schema_version", soci::into(version);
  EXPECT_EQ(version, schema_version());
}

TEST(Database, ANewerSchemaIsRefusedAndLeftAlone) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  const int newer = schema_version() + 1;
  *open_or_die(file)->lease() << "UPDATE schema_version SET version = " << newer;
  EXPECT_THAT(refusal(file), AllOf(HasSubstr(file.string()), HasSubstr("newer Recant"),
                                   HasSubstr("schema " + std::to_string(newer))));
  EXPECT_THAT(refusal(file), HasSubstr("newer Recant"));
}

TEST(Database, AMigrationThatFailsLeavesNothingHalfDone) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  {
    const auto database = open_or_die(file);
    const Database::Lease lease = database->lease();
    // As if the first migration had been stopped by a table that stands in its way.
    *lease << "DROP TABLE accounts";
    *lease << "UPDATE schema_version SET version = 0";
  }
  EXPECT_THAT(refusal(file), AllOf(HasSubstr(file.string()), HasSubstr("admin_keys")));
  EXPECT_THAT(refusal(file), HasSubstr("admin_keys"));  // not "accounts": it was rolled back
}

TEST(Database, AnAdminKeyOfAllScopesKeepsThemAll) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  {
    const auto database = open_or_die(file);
    const Database::Lease lease = database->lease();
    // As a version before left it, to which introspect was no scope.
    *lease << "INSERT INTO admin_keys (name, sha256, scopes, created_at) VALUES"
              " ('first', 'a', 15, 0), ('narrow', 'b', 7, 0)";
    *lease << "DROP TABLE key_set";
    *lease << "UPDATE schema_version SET version = 2";
  }
  const auto database = open_or_die(file);
  const auto scopes_of = [&](const std::string& name) {
    int scopes = 0;
    *database->lease() << "SELECT scopes FROM admin_keys WHERE name = :name", soci::use(name),
        soci::into(scopes);
    return scopes;
  };
  EXPECT_EQ(scopes_of("first"), 31);
  EXPECT_EQ(scopes_of("narrow"), 7);
}

TEST(Database, WhatIsNotADatabaseIsNamed) {
  const TemporaryDirectory directory;
  write_file(directory / "recant.db", std::string(4096, 'x'));
  ASSERT_EQ(::chmod((directory / "recant.db").c_str(), 0600), 0);
  EXPECT_THAT(refusal(directory / "recant.db"),
              AllOf(HasSubstr((directory / "recant.db").string()), HasSubstr("not a database")));
  std::filesystem::create_directory(directory / "folder");
  EXPECT_THAT(refusal(directory / "folder"), HasSubstr("is a directory"));
  EXPECT_THAT(refusal(directory / "missing/recant.db"),
              AllOf(HasSubstr("cannot be created"), HasSubstr("No such file")));
  EXPECT_THAT(refusal(directory / "a\"b.db"), HasSubstr("quotation mark"));
}

/// Root may write anywhere, so permissions are tested as somebody else.
int as_nobody(const std::function<bool()>& check) {
  return in_child([&] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 2;
    return check() ? 0 : 1;
  });
}

TEST(Database, AReadOnlyDirectoryIsNamed) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  EXPECT_EQ(as_nobody([&] {
              const std::string said = refusal(file);
              return said.find(file.string()) != std::string::npos &&
                     said.find("Permission denied") != std::string::npos &&
                     said.find("make the file and its directory writable") != std::string::npos;
            }),
            0);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Database, AReadOnlyFileIsNamed) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  open_or_die(file);
  ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  EXPECT_EQ(as_nobody([&] { return refusal(file).find("Permission denied") != std::string::npos; }),
            0);
}

TEST(Database, AFileThatOthersHaveARightToIsRefused) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  open_or_die(file);
  for (const mode_t mode : {0666, 0644, 0640, 0620, 0602}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_THAT(refusal(file), HasSubstr("run chmod 600 " + file.string() + "."))
        << std::oct << mode;
  }
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  open_or_die(file);
}

TEST(Database, AndSoAreTheFilesBesideIt) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  const auto open = open_or_die(file);
  for (const char* suffix : {"-wal", "-shm"}) {
    const std::string beside = file.string() + suffix;
    struct stat status {};
    ASSERT_EQ(::stat(beside.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
    ASSERT_EQ(::chmod(beside.c_str(), 0666), 0);
    EXPECT_THAT(refusal(file), HasSubstr("run chmod 600 " + beside + "."));
    ASSERT_EQ(::chmod(beside.c_str(), 0600), 0);
  }
}

// A child adds accounts and tells of each once it is committed; it is killed in the middle.
// Whatever it told of stands, and the file opens without a hand laid on it.
TEST(Database, WhatWasCommittedOutlivesKill9) {
  const TemporaryDirectory directory;
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto database = open_or_die(directory / "recant.db");
    SqlAccounts accounts(*database);
    for (int i = 0;; ++i) {
      if (!run(accounts.add(account_named("user" + std::to_string(i), i)))) ::_exit(1);
      if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(pipe_ends[1]);
  int told = -1;
  while (told < 99) ASSERT_EQ(::read(pipe_ends[0], &told, sizeof told), ssize_t{sizeof told});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  int further = 0;
  while (::read(pipe_ends[0], &further, sizeof further) == ssize_t{sizeof further}) told = further;
  ::close(pipe_ends[0]);

  const auto database = open_or_die(directory / "recant.db");
  SqlAccounts accounts(*database);
  for (int i = 0; i <= told; ++i) {
    ASSERT_TRUE(run(accounts.find(id_of(i)))) << "account " << i << " of " << told;
  }
}

// No space for the write-ahead log to grow: the write is refused, what stood still stands, and when
// there is space again it works again.
TEST(Database, AFullDiskIsUnavailableAndNothingIsHalfDone) {
  const TemporaryDirectory directory;
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    std::mutex mutex;
    std::string trouble;
    DatabaseOptions options;
    options.on_trouble = [&](std::string_view why) {
      const std::lock_guard lock(mutex);
      trouble = why;
    };
    const auto database = open_or_die(directory / "recant.db", options);
    SqlAccounts accounts(*database);
    if (!run(accounts.add(account_named("ada", 1)))) return 10;

    const auto size = std::filesystem::file_size(directory / "recant.db-wal");
    const rlimit full{size, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &full) != 0) return 11;
    const auto refused = run(accounts.add(account_named("bob", 2)));
    if (refused || refused.error() != AccountError::unavailable) return 12;
    if (!run(accounts.find(id_of(1)))) return 13;
    if (run(accounts.find(id_of(2))).error() != AccountError::not_found) return 14;
    {
      const std::lock_guard lock(mutex);
      if (trouble.empty() || trouble.find("bob") != std::string::npos) return 15;
    }
    const rlimit room{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &room) != 0) return 16;
    if (!run(accounts.add(account_named("bob", 2)))) return 17;
    return 0;
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(WIFEXITED(status));
  const auto database = open_or_die(directory / "recant.db");
  SqlAccounts accounts(*database);
  EXPECT_EQ(run(accounts.list("", 10))->accounts.size(), 2u);
}

TEST(SqlAdminKeys, KeepsKeysByName) {
  const TemporaryDirectory directory;
  const auto file = directory / "recant.db";
  const service::AdminKey first{"first", "c2hh", 15};
  {
    const auto database = open_or_die(file);
    SqlAdminKeys store(*database);
    EXPECT_TRUE(store.load_all()->empty());
    ASSERT_TRUE(store.add_first(first));
    EXPECT_EQ(store.add_first({"first", "b3RoZXI", 1}).error(), service::AdminKeyError::taken);
    service::AdminKeys keys{{}};
    store.publish_to(keys);
    ASSERT_TRUE(run(store.add({"ci", "Y2k", 4, unix_millis(3)}, "c2hh")));
  }
  const auto database = open_or_die(file);
  const auto keys = SqlAdminKeys(*database).load_all();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[0].name, "ci");
  EXPECT_EQ((*keys)[1].name, "first");
  EXPECT_EQ((*keys)[1].sha256, "c2hh");
  EXPECT_EQ((*keys)[1].scopes, 15);
}

}  // namespace
}  // namespace recant::database
