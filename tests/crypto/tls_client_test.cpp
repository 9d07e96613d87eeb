// The client's end of TlsSession against OpenSSL's own server: two state machines and no socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <ctime>

#include "../tls_certificates.hpp"
#include "crypto/tls.hpp"

namespace recant::crypto {
namespace {

using Kind = Certificate::Kind;
using State = TlsSession::State;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// The other end, as strict or as lax as a test wants it.
class Server {
 public:
  explicit Server(const Certificate& certificate)
      : context_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free) {
    // What an old or a careless server would take: the client must be the one to refuse.
    ::SSL_CTX_set_security_level(context_.get(), 0);
    ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    ::SSL_CTX_use_certificate(context_.get(), certificate.x509());
    const std::string pem = certificate.key_pem();
    const std::unique_ptr<BIO, decltype(&::BIO_free_all)> bio(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free_all);
    const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(
        ::PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), ::EVP_PKEY_free);
    ::SSL_CTX_use_PrivateKey(context_.get(), key.get());
  }
  Server& speaking(int version) {
    ::SSL_CTX_set_max_proto_version(context_.get(), version);
    return *this;
  }
  /// Wants a certificate of the client's, signed by this one.
  Server& wanting(const Certificate& authority) {
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context_.get()), authority.x509());
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    return *this;
  }

  /// Both ends take turns until neither has anything to say.
  TlsSession& talk_to(TlsSession& client) {
    for (bool moved = true; moved;) {
      std::array<char, 4096> room{};
      while (const std::size_t n = client.read(room)) client_received.append(room.data(), n);
      const std::string from_client(client.output());
      client.sent(from_client.size());
      ::BIO_write(::SSL_get_rbio(ssl()), from_client.data(), static_cast<int>(from_client.size()));
      ::ERR_clear_error();
      for (int n = 0; (n = ::SSL_read(ssl(), room.data(), room.size())) > 0;) {
        received.append(room.data(), static_cast<std::size_t>(n));
      }
      ::ERR_clear_error();
      char* data = nullptr;
      const long size = BIO_get_mem_data(::SSL_get_wbio(ssl()), &data);
      const std::string from_server(data, static_cast<std::size_t>(size));
      static_cast<void>(BIO_reset(::SSL_get_wbio(ssl())));
      client.receive(from_server);
      moved = !from_client.empty() || !from_server.empty();
    }
    return client;
  }
  SSL_CTX* context() { return context_.get(); }
  SSL* ssl() {
    if (ssl_ == nullptr) {
      ssl_.reset(::SSL_new(context_.get()));
      ::SSL_set_bio(ssl_.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
      ::SSL_set_accept_state(ssl_.get());
    }
    return ssl_.get();
  }
  /// The name in the SNI.
  std::string asked_for() {
    const char* const name = ::SSL_get_servername(ssl(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

  std::string received;
  std::string client_received;

 private:
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  struct FreeSsl {
    void operator()(SSL* ssl) const { ::SSL_free(ssl); }
  };
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

class TlsClientTest : public ::testing::Test {
 protected:
  const Certificate root_{Kind{.name = "Our Root", .from_seconds = -86400}};
  const Certificate certificate_{
      Kind{.name = "a-cn",
           .alternatives = "DNS:redis.internal,DNS:*.cache.internal,IP:10.0.0.7,IP:::1"},
      &root_};

  TlsContext trusting(const Certificate& authority) {
    return *TlsContext::for_client(authority.pem());
  }
  /// How a connection to `host` ends with a server that has `certificate`, and what is said of it.
  TlsFault fault(const Certificate& certificate, const std::string& host = "redis.internal") {
    Server server(certificate);
    TlsSession client(trusting(root_), host);
    server.talk_to(client);
    EXPECT_EQ(client.state(), client.fault() == TlsFault::none ? State::open : State::failed);
    EXPECT_EQ(client.failure().empty(), client.fault() == TlsFault::none);
    peer = client.peer();
    return client.fault();
  }
  std::optional<TlsPeer> peer;
};

TEST_F(TlsClientTest, TextGoesBothWays) {
  Server server(certificate_);
  TlsSession client(trusting(root_), "redis.internal");
  ASSERT_EQ(server.talk_to(client).state(), State::open) << client.failure();
  EXPECT_EQ(server.asked_for(), "redis.internal");
  client.write("PING\r\n");
  server.talk_to(client);
  EXPECT_EQ(server.received, "PING\r\n");
  ::SSL_write(server.ssl(), "+PONG\r\n", 7);
  server.talk_to(client);
  EXPECT_EQ(server.client_received, "+PONG\r\n");
}

// A11 (ASVS 12.3.2): the certificate must be that of the host.
TEST_F(TlsClientTest, A11_TheNameIsChecked) {
  for (const char* host : {"redis.internal", "REDIS.internal", "redis.internal.",
                           "a.cache.internal", "10.0.0.7", "::1", "0:0:0:0:0:0:0:1"}) {
    EXPECT_EQ(fault(certificate_, host), TlsFault::none) << host;
  }
  for (const char* host :
       {"redis", "evil.internal", "redis.internal.evil.org", "cache.internal", "a.b.cache.internal",
        "10.0.0.8", "127.0.0.1", "::2", "a-cn", "10.0.0.7.internal"}) {
    EXPECT_EQ(fault(certificate_, host), TlsFault::wrong_name) << host;
    EXPECT_EQ(
        peer->names,
        "redis.internal, *.cache.internal, 10.0.0.7, 0000:0000:0000:0000:0000:0000:0000:0001");
  }
}

TEST_F(TlsClientTest, ACommonNameCountsForNothing) {
  const Certificate old{Kind{.name = "redis.internal", .alternatives = ""}, &root_};
  EXPECT_EQ(fault(old), TlsFault::wrong_name);
  EXPECT_EQ(peer->names, "");
}

TEST_F(TlsClientTest, AnAddressIsNotAskedForByName) {
  Server server(certificate_);
  TlsSession client(trusting(root_), "10.0.0.7");
  EXPECT_EQ(server.talk_to(client).state(), State::open);
  EXPECT_EQ(server.asked_for(), "");
}

TEST_F(TlsClientTest, A11_WhoIsNotSignedByTheAuthorityIsNotBelieved) {
  const Certificate other{Kind{.name = "Another Root"}};
  const Certificate same_name{Kind{.name = "Our Root"}};
  const Certificate self{Kind{.name = "redis.internal"}};
  const Certificate strangers{Kind{.name = "redis.internal"}, &other};
  EXPECT_EQ(fault(strangers), TlsFault::unknown_authority);
  EXPECT_THAT(peer->signed_by, HasSubstr("CN=Another Root"));
  EXPECT_EQ(fault(self), TlsFault::unknown_authority);
  EXPECT_EQ(fault(Certificate{Kind{.name = "redis.internal"}, &same_name}),
            TlsFault::unknown_authority);
}

TEST_F(TlsClientTest, TheSystemsAuthoritiesDoNotKnowOurs) {
  Server server(certificate_);
  TlsSession client(*TlsContext::for_client({}), "redis.internal");
  server.talk_to(client);
  EXPECT_EQ(client.fault(), TlsFault::unknown_authority);
}

TEST_F(TlsClientTest, ACertificateThatIsPinnedNeedsNoRoot) {
  Server server(certificate_);
  TlsSession client(trusting(certificate_), "redis.internal");
  EXPECT_EQ(server.talk_to(client).state(), State::open) << client.failure();
}

TEST_F(TlsClientTest, A11_TimesAreChecked) {
  Kind kind{.name = "redis.internal", .from_seconds = -7200, .until_seconds = -3600};
  EXPECT_EQ(fault(Certificate{kind, &root_}), TlsFault::expired);
  EXPECT_EQ(peer->valid_until - peer->valid_from, std::chrono::hours(1));
  kind = {.name = "redis.internal", .from_seconds = 3600, .until_seconds = 7200};
  // By the clock that dates certificates: it lags a tick behind system_clock.
  const auto before =
      std::chrono::floor<seconds>(std::chrono::system_clock::from_time_t(std::time(nullptr)));
  EXPECT_EQ(fault(Certificate{kind, &root_}), TlsFault::not_yet_valid);
  EXPECT_GE(peer->valid_from, before + std::chrono::hours(1));
  // It ends with its root, whatever it says itself.
  EXPECT_LE(peer->valid_until, before + std::chrono::hours(1));
}

TEST_F(TlsClientTest, AWeakCertificateIsUnusable) {
  const Certificate weak{Kind{.key = Kind::weak_rsa, .name = "redis.internal"}, &root_};
  EXPECT_EQ(fault(weak), TlsFault::unusable);
}

TEST_F(TlsClientTest, A11_OldVersionsAreRefused) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Server server(certificate_);
    TlsSession client(trusting(root_), "redis.internal");
    server.speaking(version).talk_to(client);
    EXPECT_EQ(client.fault(), TlsFault::nothing_shared) << client.failure();
  }
  Server server(certificate_);
  TlsSession client(trusting(root_), "redis.internal");
  EXPECT_EQ(server.speaking(TLS1_2_VERSION).talk_to(client).state(), State::open);
}

TEST_F(TlsClientTest, ItsOwnCertificateIsShownToWhoAsks) {
  const Certificate own{Kind{.name = "recant"}, &root_};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Server server(certificate_);
    const auto context =
        TlsContext::for_client(root_.pem(), own.pem(), SecretString(own.key_pem()));
    ASSERT_TRUE(context);
    EXPECT_GT(context->valid_until(), context->valid_from());
    TlsSession client(*context, "redis.internal");
    server.speaking(version).wanting(root_).talk_to(client);
    ASSERT_EQ(client.state(), State::open) << client.failure();
    const std::unique_ptr<X509, decltype(&::X509_free)> shown(
        ::SSL_get1_peer_certificate(server.ssl()), ::X509_free);
    EXPECT_EQ(::X509_cmp(shown.get(), own.x509()), 0);
  }
}

// In TLS 1.3 the client is through before the server has looked at its certificate.
TEST_F(TlsClientTest, ItIsToldThatOneIsWanted) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Server server(certificate_);
    TlsSession client(trusting(root_), "redis.internal");
    server.speaking(version).wanting(root_).talk_to(client);
    EXPECT_EQ(client.state(), State::failed);
    EXPECT_EQ(client.fault(), TlsFault::own_wanted) << version << ": " << client.failure();
  }
}

TEST_F(TlsClientTest, ItIsToldThatItsOwnIsRefused) {
  const Certificate other{Kind{.name = "Another Root"}};
  const Certificate strange{Kind{.name = "recant"}, &other};
  const Certificate expired{Kind{.name = "recant", .until_seconds = -1}, &root_};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Certificate* own : {&strange, &expired}) {
      Server server(certificate_);
      const auto context =
          TlsContext::for_client(root_.pem(), own->pem(), SecretString(own->key_pem()));
      TlsSession client(*context, "redis.internal");
      server.speaking(version).wanting(root_).talk_to(client);
      EXPECT_EQ(client.fault(), TlsFault::own_refused) << version << ": " << client.failure();
    }
  }
}

TEST_F(TlsClientTest, WhatIsNoTlsIsCalledSo) {
  for (const std::string answer : {"-ERR unknown command '\x16\x03\x01'\r\n",
                                   "HTTP/1.1 400 Bad Request\r\n\r\n", "+PONG\r\n"}) {
    TlsSession client(trusting(root_), "redis.internal");
    std::array<char, 64> room{};
    EXPECT_EQ(client.read(room), 0u);
    EXPECT_TRUE(TlsSession::is_first_byte(client.output().front()));
    client.receive(answer);
    EXPECT_EQ(client.read(room), 0u);
    EXPECT_EQ(client.state(), State::failed);
    EXPECT_EQ(client.fault(), TlsFault::not_tls) << client.failure();
  }
}

TEST_F(TlsClientTest, WithoutANameThereIsNoSession) {
  for (const char* host : {"", "."}) {
    EXPECT_THROW(TlsSession(trusting(root_), host), std::runtime_error) << host;
  }
  EXPECT_THROW(TlsSession(trusting(root_), std::string("redis.internal\0x", 16)),
               std::runtime_error);
}

TEST_F(TlsClientTest, WhatMakesNoClientIsNamed) {
  using enum TlsContextError;
  const auto refused = [](const std::string& authorities, const std::string& certificates = {},
                          const std::string& key = {}) {
    const auto context = TlsContext::for_client(authorities, certificates, SecretString(key));
    EXPECT_FALSE(context.has_value());
    EXPECT_EQ(::ERR_peek_error(), 0u) << "left behind";
    return context.error();
  };
  const std::string root = root_.pem();
  const Certificate own{Kind{.name = "recant"}, &root_}, other{Kind{}};
  EXPECT_EQ(refused("nonsense"), malformed_authorities);
  EXPECT_EQ(refused(root.substr(0, root.size() / 2)), malformed_authorities);
  EXPECT_EQ(refused(root + root.substr(0, root.size() / 2)), malformed_authorities);
  EXPECT_EQ(refused(own.key_pem()), malformed_authorities);
  EXPECT_EQ(refused(root, "nonsense", own.key_pem()), malformed_certificate);
  EXPECT_EQ(refused(root, own.pem(), ""), malformed_key);
  EXPECT_EQ(refused(root, "", own.key_pem()), malformed_certificate);
  EXPECT_EQ(refused(root, own.pem(), other.key_pem()), mismatch);
  EXPECT_EQ(refused(root, own.pem(), own.key_pem("secret")), encrypted_key);
  EXPECT_TRUE(TlsContext::for_client(root + other.pem()).has_value());
}

}  // namespace
}  // namespace recant::crypto
