// stopping REDIS_URL JWKS_URL TOKEN…: awaits checks on an io_context that stops before they are
// answered, and tells what became of their coroutines. Says "ready" and waits for a line before.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <iostream>
#include <recant/verifier.hpp>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"

namespace {

namespace asio = boost::asio;

struct Told {
  std::thread::id at_home = std::this_thread::get_id();
  int answered = 0;
  int elsewhere = 0;
  int destroyed = 0;
};

struct CountsItsEnd {
  Told& told;
  ~CountsItsEnd() { ++told.destroyed; }
};

asio::awaitable<void> ask(recant::Verifier& verifier, std::string token, Told& told) {
  const CountsItsEnd counts{told};
  const recant::Checked checked = co_await check(verifier, token);
  ++told.answered;
  if (std::this_thread::get_id() != told.at_home) ++told.elsewhere;
}

void say(const char* when, const Told& told) {
  std::cout << when << ": " << told.answered << " answered, " << told.elsewhere << " elsewhere, "
            << told.destroyed << " destroyed" << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  Told told;
  {
    asio::io_context io(1);
    recant::VerifierOptions options;
    options.redis_url = arguments[1];
    options.issuer = "recant";
    options.audience = {"api"};
    options.jwks_url = arguments[2];
    options.redis_timeout = std::chrono::seconds(10);
    const auto created = recant::Verifier::create(options);
    if (!created) {
      std::cerr << created.message() << '\n';
      return 2;
    }
    while (!created.verifier->ready()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::vector<std::string> tokens(arguments + 3, arguments + count);
    asio::co_spawn(io, ask(*created.verifier, tokens.front(), told), asio::detached);
    io.run();
    say("ready", told);

    std::string line;
    std::getline(std::cin, line);
    io.restart();
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      asio::co_spawn(io, ask(*created.verifier, tokens[i], told), asio::detached);
    }
    io.run_for(std::chrono::milliseconds(100));
    say("stopped", told);
  }
  say("ended", told);
}
