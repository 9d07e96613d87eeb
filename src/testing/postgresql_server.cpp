#include "testing/postgresql_server.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "testing/temporary_directory.hpp"

namespace recant::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr uid_t kNobody = 65534;
const fs::path kPrograms = "/usr/lib/postgresql/15/bin";

fs::path make_directory() {
  std::string pattern = "/tmp/recant-pg-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory in /tmp");
  if (::geteuid() == 0 && ::chown(pattern.c_str(), kNobody, kNobody) != 0) {
    throw std::runtime_error(pattern + " cannot be given to nobody");
  }
  return pattern;
}

/// Of a command that is over soon.
std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no process for " + command);
  std::string output;
  std::array<char, 4096> chunk{};
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
    output.append(chunk.data(), got);
  }
  const int status = ::pclose(pipe);
  if (status != 0) throw std::runtime_error(command + ":\n" + output);
  return output;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

PostgresqlServer& PostgresqlServer::of_this_executable() {
  static PostgresqlServer server;
  return server;
}

PostgresqlServer::PostgresqlServer() : directory_(make_directory()) {
  initialise();
  start();
}

PostgresqlServer::~PostgresqlServer() {
  if (process_ && process_->running()) {
    process_->signal(SIGQUIT);  // unlike after SIGKILL, its children and shared memory go too
    process_->wait_for(kPatience);
  }
  process_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

/// setpriv sets the signal that it gets when we end: a change of user clears it.
std::vector<std::string> PostgresqlServer::as_server_user(std::vector<std::string> command) const {
  if (::geteuid() != 0) return command;
  std::vector<std::string> out = {"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup",
                                  "--clear-groups", "--pdeathsig=QUIT"};
  out.insert(out.end(), command.begin(), command.end());
  return out;
}

void PostgresqlServer::initialise() {
  std::string command;
  for (const std::string& word : as_server_user(
           {kPrograms / "initdb", "--pgdata=" + (directory_ / "data").string(), "--username=recant",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
            // A language in which texts are not ordered by their bytes.
            "--locale-provider=icu", "--icu-locale=en", "--no-sync", "--no-instructions"})) {
    command += quoted(word) + ' ';
  }
  output_of("cd / && " + command + "2>&1");
}

void PostgresqlServer::start() {
  std::error_code ignored;
  fs::remove(directory_ / "data/postmaster.pid", ignored);
  const auto command =
      as_server_user({kPrograms / "postgres", "-D", directory_ / "data", "-k", directory_.string(),
                      "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
                      "-c", "shared_buffers=16MB", "-c", "log_statement=none"});
  auto started = ChildProcess::start({.program = command.front(),
                                      .arguments = {command.begin() + 1, command.end()},
                                      .environment = {"LANG=C", "TZ=UTC"},
                                      .directory = directory_,
                                      .output_file = "log",
                                      .lock_file = {}});
  if (!started) throw std::runtime_error(started.error());
  process_ = std::move(*started);
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!is_ready()) {
    if (!process_->running() || std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("PostgreSQL does not start:\n" + last_log_lines());
    }
    std::this_thread::sleep_for(5ms);
  }
}

/// As pg_ctl finds out.
bool PostgresqlServer::is_ready() const {
  return read_text(directory_ / "data/postmaster.pid").find("\nready ") != std::string::npos;
}

void PostgresqlServer::stop() {
  process_->signal(SIGINT);
  if (!process_->wait_for(kPatience)) throw std::runtime_error("PostgreSQL does not stop");
}

std::string PostgresqlServer::run(const std::string& sql) {
  return output_of(quoted(kPrograms / "psql") + " --no-psqlrc --quiet --tuples-only --no-align " +
                   "--set=ON_ERROR_STOP=1 --username=recant --dbname=postgres --host=" +
                   quoted(directory_) + " --command=" + quoted(sql) + " 2>&1");
}

std::string PostgresqlServer::fresh_url() {
  const std::string schema = "test" + std::to_string(++schemas_);
  run("CREATE SCHEMA " + schema);
  return url(schema);
}

std::string PostgresqlServer::url(const std::string& schema, const std::string& parameters) const {
  return "postgresql://recant@/postgres?host=" + directory_.string() + "&options=-csearch_path%3D" +
         schema + parameters;
}

std::string PostgresqlServer::last_log_lines() const {
  const std::string all = read_text(directory_ / "log");
  constexpr std::size_t kShown = 1500;
  return all.size() > kShown ? all.substr(all.size() - kShown) : all;
}

}  // namespace recant::testing
