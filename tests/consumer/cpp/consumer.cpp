// consumer REDIS_URL ISSUER AUDIENCE JWKS_URL: one token a line in, one verdict a line out.
#include <chrono>
#include <iostream>
#include <recant/verifier.hpp>
#include <string>
#include <thread>

int main(int, char** arguments) {
  recant::VerifierOptions options;
  options.redis_url = arguments[1];
  options.issuer = arguments[2];
  options.audience = {arguments[3]};
  options.jwks_url = arguments[4];
  options.redis_timeout = std::chrono::seconds(3);
  options.log = [](recant::LogLevel, std::string_view line) { std::cerr << line << '\n'; };
  const auto created = recant::Verifier::create(options);
  if (!created) {
    std::cerr << created.message() << '\n';
    return 2;
  }
  recant::Verifier& verifier = *created.verifier;
  while (!verifier.ready()) std::this_thread::sleep_for(std::chrono::milliseconds(5));

  for (std::string token; std::getline(std::cin, token);) {
    const recant::Checked checked = verifier.check(token, std::chrono::seconds(10));
    std::cout << recant::to_string(checked.verdict()) << ' ' << checked.subject() << std::endl;
  }
}
