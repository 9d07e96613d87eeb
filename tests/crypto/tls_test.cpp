// TlsSession against OpenSSL's own client: two state machines and no socket.
#include "crypto/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "../tls_certificates.hpp"

namespace recant::crypto {
namespace {

using Kind = Certificate::Kind;
using State = TlsSession::State;

TlsContext context_of(const Certificate& certificate) {
  return *TlsContext::for_server(certificate.pem(), SecretString(certificate.key_pem()));
}

/// The other end, as strict or as lax as a test wants it.
class Client {
 public:
  explicit Client(const Certificate* trusted = nullptr)
      : context_(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free) {
    // What an old or a careless client would offer: the server must be the one to refuse.
    ::SSL_CTX_set_security_level(context_.get(), 0);
    ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    if (trusted == nullptr) return;
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context_.get()), trusted->x509());
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  }
  SSL_CTX* context() { return context_.get(); }
  SSL* ssl() {
    if (ssl_ == nullptr) {
      ssl_.reset(::SSL_new(context_.get()));
      ::SSL_set_bio(ssl_.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
      ::SSL_set_tlsext_host_name(ssl_.get(), "localhost");
      ::SSL_set_connect_state(ssl_.get());
    }
    return ssl_.get();
  }

  /// Both ends take turns until neither has anything to say.
  Client& talk_to(TlsSession& server) {
    for (bool moved = true; moved;) {
      std::array<char, 4096> room{};
      ::ERR_clear_error();
      for (int n = 0; (n = ::SSL_read(ssl(), room.data(), room.size())) > 0;) {
        received.append(room.data(), static_cast<std::size_t>(n));
      }
      moved = carry(server);
    }
    ::ERR_clear_error();
    return *this;
  }
  Client& say(const std::string& text) {
    ::SSL_write(ssl(), text.data(), static_cast<int>(text.size()));
    return *this;
  }

  std::string received;         // by the client
  std::string server_received;  // plain text

 private:
  bool carry(TlsSession& server) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(::SSL_get_wbio(ssl()), &data);
    const std::string from_client(data, static_cast<std::size_t>(size));
    static_cast<void>(BIO_reset(::SSL_get_wbio(ssl())));
    server.receive(from_client);
    std::array<char, 4096> room{};
    while (const std::size_t n = server.read(room)) server_received.append(room.data(), n);
    const std::string from_server(server.output());
    server.sent(from_server.size());
    ::BIO_write(::SSL_get_rbio(ssl()), from_server.data(), static_cast<int>(from_server.size()));
    return !from_client.empty() || !from_server.empty();
  }

  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  struct FreeSsl {
    void operator()(SSL* ssl) const { ::SSL_free(ssl); }
  };
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

class TlsTest : public ::testing::Test {
 public:
  const Certificate certificate_{Kind{}};
  TlsSession server_{context_of(certificate_)};
};

TEST_F(TlsTest, TextGoesBothWays) {
  Client client(&certificate_);
  client.talk_to(server_);
  ASSERT_EQ(server_.state(), State::open) << server_.failure();
  client.say("GET / HTTP/1.1\r\n").talk_to(server_);
  EXPECT_EQ(client.server_received, "GET / HTTP/1.1\r\n");
  server_.write("HTTP/1.1 200 OK\r\n");
  client.talk_to(server_);
  EXPECT_EQ(client.received, "HTTP/1.1 200 OK\r\n");
  EXPECT_STREQ(::SSL_get_version(client.ssl()), "TLSv1.3");
}

TEST_F(TlsTest, MoreThanARecordGoesBothWays) {
  Client client(&certificate_);
  client.talk_to(server_);
  const std::string much(300'000, 'x');
  client.say(much).talk_to(server_);
  EXPECT_EQ(client.server_received, much);
  server_.write(much);
  client.talk_to(server_);
  EXPECT_EQ(client.received, much);
}

TEST_F(TlsTest, BytesMayComeOneByOne) {
  Client client(&certificate_);
  client.talk_to(server_);
  client.say("hello");
  char* data = nullptr;
  const long size = BIO_get_mem_data(::SSL_get_wbio(client.ssl()), &data);
  std::array<char, 16> room{};
  for (long i = 0; i < size - 1; ++i) {
    server_.receive({data + i, 1});
    EXPECT_EQ(server_.read(room), 0u);
    EXPECT_EQ(server_.state(), State::open);
  }
  server_.receive({data + size - 1, 1});
  EXPECT_EQ(server_.read(room), 5u);
}

TEST_F(TlsTest, WhatFindsNoRoomIsHeld) {
  Client client(&certificate_);
  client.talk_to(server_);
  client.say("hello");
  char* data = nullptr;
  const long size = BIO_get_mem_data(::SSL_get_wbio(client.ssl()), &data);
  server_.receive({data, static_cast<std::size_t>(size)});
  std::array<char, 2> room{};
  EXPECT_EQ(server_.read(room), 2u);
  EXPECT_TRUE(server_.holds_input());
  EXPECT_EQ(server_.read(room), 2u);
  EXPECT_EQ(server_.read(room), 1u);
  EXPECT_FALSE(server_.holds_input());
}

TEST_F(TlsTest, AnEndIsSaidAndHeard) {
  Client client(&certificate_);
  client.talk_to(server_);
  server_.write("bye");
  server_.close();
  client.talk_to(server_);
  EXPECT_EQ(client.received, "bye");
  EXPECT_EQ(::SSL_get_shutdown(client.ssl()), SSL_RECEIVED_SHUTDOWN);
  ::SSL_shutdown(client.ssl());
  client.talk_to(server_);
  EXPECT_EQ(server_.state(), State::closed);
}

// RFC 8446 §6.1: whoever has said its last word may still be answered.
TEST_F(TlsTest, WhoHasEndedIsStillAnswered) {
  Client client(&certificate_);
  client.talk_to(server_);
  client.say("a question");
  ::SSL_shutdown(client.ssl());
  client.talk_to(server_);
  EXPECT_EQ(client.server_received, "a question");
  EXPECT_EQ(server_.state(), State::closed);
  server_.write("the answer");
  client.talk_to(server_);
  EXPECT_EQ(client.received, "the answer");
}

// A11 (ASVS 12.1.1): TLS 1.2 and 1.3 only.
TEST_F(TlsTest, A11_OlderVersionsAreRefused) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsSession server(context_of(certificate_));
    Client client;
    ::SSL_CTX_set_max_proto_version(client.context(), version);
    client.talk_to(server);
    EXPECT_EQ(server.state(), State::failed) << version;
    EXPECT_EQ(server.failure(), "unsupported protocol");
  }
  Client client(&certificate_);
  ::SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  client.talk_to(server_);
  EXPECT_EQ(server_.state(), State::open) << server_.failure();
}

// RFC 9325 §4.1, §4.2: nothing without forward secrecy, nothing that is not authenticated.
TEST_F(TlsTest, A11_OnlyForwardSecretAuthenticatedCiphers) {
  const Certificate rsa{Kind{.key = Kind::rsa}};
  for (const char* cipher :
       {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES256-SHA",
        "DHE-RSA-AES128-GCM-SHA256", "NULL-SHA256", "ADH-AES128-GCM-SHA256"}) {
    TlsSession server(context_of(rsa));
    Client client;
    ::SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
    ASSERT_EQ(::SSL_CTX_set_cipher_list(client.context(), cipher), 1) << cipher;
    client.talk_to(server);
    EXPECT_EQ(server.failure(), "no shared cipher") << cipher;
  }
  for (const char* cipher : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"}) {
    TlsSession server(context_of(rsa));
    Client client(&rsa);
    ::SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
    ::SSL_CTX_set_cipher_list(client.context(), cipher);
    client.talk_to(server);
    EXPECT_EQ(server.state(), State::open) << cipher << ": " << server.failure();
  }
}

TEST_F(TlsTest, NoTicketIsGivenOut) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsSession server(context_of(certificate_));
    Client client(&certificate_);
    ::SSL_CTX_set_max_proto_version(client.context(), version);
    client.talk_to(server);
    server.write("x");
    client.talk_to(server);
    ASSERT_EQ(client.received, "x");
    SSL_SESSION* const session = ::SSL_get_session(client.ssl());
    EXPECT_EQ(::SSL_SESSION_has_ticket(session), 0) << version;
    unsigned id_size = 0;
    if (version == TLS1_2_VERSION) ::SSL_SESSION_get_id(session, &id_size);
    EXPECT_EQ(id_size, 0u);
  }
}

// CVE-2009-3555, CVE-2011-1473: a client may not ask for another handshake.
TEST_F(TlsTest, RenegotiationIsRefused) {
  Client client(&certificate_);
  ::SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  client.talk_to(server_);
  ASSERT_EQ(server_.state(), State::open);
  ::SSL_renegotiate(client.ssl());
  ::SSL_do_handshake(client.ssl());
  client.talk_to(server_);
  EXPECT_EQ(::SSL_num_renegotiations(client.ssl()), 1);  // asked for
  EXPECT_EQ(::SSL_is_init_finished(client.ssl()), 0);    // and not had
}

TEST_F(TlsTest, ProtocolsAreHttp11OrUnnamed) {
  const auto offering = [&](const std::string& protocols, TlsSession& server) {
    Client client(&certificate_);
    ::SSL_CTX_set_alpn_protos(client.context(),
                              reinterpret_cast<const unsigned char*>(protocols.data()),
                              static_cast<unsigned>(protocols.size()));
    client.talk_to(server);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
    return std::string(reinterpret_cast<const char*>(chosen), size);
  };
  TlsSession both(context_of(certificate_));
  EXPECT_EQ(offering("\x02h2\x08http/1.1", both), "http/1.1");
  TlsSession other(context_of(certificate_));
  offering("\x02h2", other);
  EXPECT_EQ(other.state(), State::failed);
}

TEST_F(TlsTest, WhatIsNoTlsFails) {
  server_.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  std::array<char, 64> room{};
  EXPECT_EQ(server_.read(room), 0u);
  EXPECT_EQ(server_.state(), State::failed);
  EXPECT_FALSE(server_.failure().empty());
  server_.write("nothing");  // is ignored, and so is what comes
  server_.receive("more");
  EXPECT_EQ(server_.read(room), 0u);
}

TEST_F(TlsTest, AClientThatDoesNotTrustUsIsHeard) {
  const Certificate stranger{Kind{.name = "stranger"}};
  Client client(&stranger);
  client.talk_to(server_);
  EXPECT_EQ(server_.state(), State::failed);
  EXPECT_THAT(server_.failure(), ::testing::HasSubstr("alert"));
}

TEST_F(TlsTest, AFlippedBitEndsIt) {
  Client client(&certificate_);
  client.talk_to(server_);
  client.say("hello");
  char* data = nullptr;
  const long size = BIO_get_mem_data(::SSL_get_wbio(client.ssl()), &data);
  data[size - 1] = static_cast<char>(data[size - 1] ^ 1);
  server_.receive({data, static_cast<std::size_t>(size)});
  std::array<char, 16> room{};
  EXPECT_EQ(server_.read(room), 0u);
  EXPECT_EQ(server_.state(), State::failed);
}

// --- certificates and keys ----------------------------------------------------------------------

struct Pair {
  std::string certificates;
  std::string key;
};

TlsContextError refused(const Pair& pair) {
  const auto context = TlsContext::for_server(pair.certificates, SecretString(pair.key));
  EXPECT_FALSE(context.has_value());
  EXPECT_EQ(::ERR_peek_error(), 0u) << "left behind";
  return context.error();
}

TEST(TlsContext, EveryUsualKindOfKeyServes) {
  for (const Kind::Key key : {Kind::ec, Kind::rsa, Kind::ed25519}) {
    const Certificate certificate{Kind{.key = key}};
    for (const std::string& pem : {certificate.key_pem(), certificate.traditional_key_pem()}) {
      if (pem.empty()) continue;  // Ed25519 never had the older form
      const auto context = TlsContext::for_server(certificate.pem(), SecretString(pem));
      ASSERT_TRUE(context) << to_string(context.error());
      TlsSession server(*context);
      Client client(&certificate);
      client.talk_to(server);
      EXPECT_EQ(server.state(), State::open) << server.failure();
    }
  }
}

TEST(TlsContext, TheChainIsSentAlong) {
  const Certificate root{Kind{.name = "root"}};
  const Certificate own{Kind{}, &root};
  const auto context = TlsContext::for_server(own.pem() + root.pem(), SecretString(own.key_pem()));
  ASSERT_TRUE(context);
  TlsSession server(*context);
  Client client(&root);
  client.talk_to(server);
  EXPECT_EQ(server.state(), State::open) << server.failure();
  EXPECT_EQ(sk_X509_num(::SSL_get_peer_cert_chain(client.ssl())), 2);
}

TEST(TlsContext, ItsTimesAreTold) {
  const Certificate certificate{Kind{.from_seconds = 0, .until_seconds = 86400}};
  const TlsContext context = context_of(certificate);
  EXPECT_EQ(context.valid_until() - context.valid_from(), std::chrono::hours(24));
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  EXPECT_LE(context.valid_from() - now, std::chrono::minutes(5));
  EXPECT_GE(context.valid_from() - now, -std::chrono::minutes(5));
}

TEST(TlsContext, WhatCannotServeIsNamed) {
  const Certificate good{Kind{}}, other{Kind{}}, rsa{Kind{.key = Kind::rsa}};
  const Certificate weak{Kind{.key = Kind::weak_rsa}};
  const Certificate sha1{Kind{.name = "old", .digest = ::EVP_sha1()}, &rsa};
  const std::string whole = good.pem();
  using enum TlsContextError;
  EXPECT_EQ(refused({"", good.key_pem()}), malformed_certificate);
  EXPECT_EQ(refused({"nonsense", good.key_pem()}), malformed_certificate);
  EXPECT_EQ(refused({good.key_pem(), good.key_pem()}), malformed_certificate);
  EXPECT_EQ(refused({whole.substr(0, whole.size() / 2), good.key_pem()}), malformed_certificate);
  EXPECT_EQ(refused({whole + whole.substr(0, whole.size() / 2), good.key_pem()}),
            malformed_certificate);
  EXPECT_EQ(refused({weak.pem(), weak.key_pem()}), weak_certificate);
  EXPECT_EQ(refused({sha1.pem(), sha1.key_pem()}), weak_certificate);
  EXPECT_EQ(refused({whole, ""}), malformed_key);
  EXPECT_EQ(refused({whole, whole}), malformed_key);
  EXPECT_EQ(refused({whole, good.key_pem().substr(0, 100)}), malformed_key);
  EXPECT_EQ(refused({whole, good.key_pem("secret")}), encrypted_key);
  EXPECT_EQ(refused({whole, good.traditional_key_pem("secret")}), encrypted_key);
  EXPECT_EQ(refused({whole, other.key_pem()}), mismatch);
  EXPECT_EQ(refused({whole, rsa.key_pem()}), mismatch);
  // The chain the wrong way round.
  EXPECT_EQ(refused({other.pem() + whole, good.key_pem()}), mismatch);
}

}  // namespace
}  // namespace recant::crypto
