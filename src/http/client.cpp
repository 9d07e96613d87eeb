#include "http/client.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "http/client_wire.hpp"

namespace recant::http {
namespace {

namespace beast = boost::beast;
using Kind = ClientFault::Kind;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::uint32_t kHeaderBytes = 64 * 1024;

/// A line break in a field would be another field.
bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool may_be_repeated(const ClientCall& call) {
  return call.method == "GET" || call.method == "DELETE";  // RFC 9110 §9.2.2
}

/// What is written on the wire; wiped afterwards, since keys and passwords stand in it.
SecretString request_text(const ClientCall& call, const ClientOptions& options) {
  std::string text;
  const std::string_view key = call.bearer != nullptr ? call.bearer->reveal() : std::string_view();
  text.reserve(1024 + call.path.size() + key.size() + call.body.reveal().size());
  text.append(call.method).append(" ").append(options.server.base).append(call.path);
  text.append(" HTTP/1.1\r\nHost: ").append(options.server.authority());
  text.append("\r\nUser-Agent: ").append(options.user_agent);
  text.append("\r\nAccept: application/json, application/problem+json\r\n");
  if (!key.empty()) text.append("Authorization: Bearer ").append(key).append("\r\n");
  if (!call.body.empty()) text.append("Content-Type: application/json\r\n");
  if (!call.body.empty() || call.method == "POST") {
    text.append("Content-Length: ").append(std::to_string(call.body.reveal().size()));
    text.append("\r\n");
  }
  text.append("\r\n").append(call.body.reveal());
  return SecretString(std::move(text));
}

std::string field_of(const Parser& parser, beast::http::field name) {
  const auto value = parser.get()[name];
  return {value.data(), value.size()};
}

}  // namespace

class Client::Line {
 public:
  explicit Line(ClientOptions options)
      : options_(std::move(options)),
        wire_(
            {options_.server, options_.tls, options_.connect_timeout, [this] { tell_waited(); }}) {}

  Result<ClientAnswer, ClientFault> call(const ClientCall& call) {
    began_ = std::chrono::steady_clock::now();
    if (!is_one_line(call.path) ||
        (call.bearer != nullptr && !is_one_line(call.bearer->reveal()))) {
      return ClientFault{Kind::unreachable, "a line break cannot be sent"};
    }
    const bool kept = wire_.usable();
    if (kept) {
      auto answer = exchange(call);
      // It may have been closed just as we wrote; then nobody has seen the call, or it does no harm
      // twice.
      if (answer || !untouched_ || !may_be_repeated(call)) return answer;
    }
    if (auto opened = wire_.open(); !opened) return opened.error();
    return exchange(call);
  }

 private:
  Result<ClientAnswer, ClientFault> exchange(const ClientCall& call) {
    untouched_ = true;
    const SteadyInstant deadline = std::chrono::steady_clock::now() + options_.timeout;
    const SecretString request = request_text(call, options_);
    const auto sent = wire_.send(request.reveal(), deadline);
    // A server that refuses early closes before all was written, and its answer is there to read.
    auto answer = read_answer(deadline);
    if (!answer) {
      wire_.close();
      if (!sent) return ClientFault{sent.error().kind, sent.error().why, true};
    }
    return answer;
  }

  Result<ClientAnswer, ClientFault> read_answer(SteadyInstant deadline) {
    Parser parser;
    parser.header_limit(kHeaderBytes);
    parser.body_limit(options_.answer_bytes);
    parser.eager(true);
    std::string pending;
    std::array<char, 16 * 1024> chunk{};
    while (!parser.is_done()) {
      const auto got = wire_.receive(chunk, deadline);
      if (!got) return ClientFault{got.error().kind, got.error().why, true};
      boost::system::error_code error;
      if (*got == 0) {
        if (parser.got_some()) parser.put_eof(error);
        if (error || !parser.is_done()) {
          return ClientFault{Kind::broken, "the server closed the connection", true};
        }
        break;
      }
      untouched_ = false;
      pending.append(chunk.data(), *got);
      const std::size_t used =
          parser.put(boost::asio::const_buffer(pending.data(), pending.size()), error);
      pending.erase(0, used);
      if (error == beast::http::error::need_more) continue;
      if (error) return ClientFault{Kind::not_http, "what came back is no answer of Recant", true};
    }
    if (!parser.get().keep_alive() || !pending.empty()) wire_.close();
    return ClientAnswer{static_cast<int>(parser.get().result_int()),
                        field_of(parser, beast::http::field::content_type),
                        field_of(parser, beast::http::field::location),
                        std::move(parser.get().body())};
  }

  void tell_waited() const {
    if (!options_.on_wait) return;
    options_.on_wait(
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began_));
  }

  const ClientOptions options_;
  ClientWire wire_;
  SteadyInstant began_{};
  bool untouched_ = true;  // no byte of this answer has come
};

Client::Client(ClientOptions options) : line_(std::make_unique<Line>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientAnswer, ClientFault> Client::call(const ClientCall& call) { return line_->call(call); }

}  // namespace recant::http
