// Whom a client expects at the other end, and what was wrong when it was not them.
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "crypto/tls_impl.hpp"

namespace recant::crypto {
namespace {

TlsFault judge_certificate(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFault::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsFault::wrong_name;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // an authority of the same name, with another key
    case X509_V_ERR_CERT_UNTRUSTED:
      return TlsFault::unknown_authority;
    default:
      return TlsFault::unusable;
  }
}

struct Judged {
  int reason;
  TlsFault fault;
};

// Alerts are what the peer says of us (RFC 8446 §6.2).
constexpr std::array kReasons = {
    Judged{SSL_R_WRONG_VERSION_NUMBER, TlsFault::not_tls},
    Judged{SSL_R_PACKET_LENGTH_TOO_LONG, TlsFault::not_tls},
    Judged{SSL_R_RECORD_LENGTH_MISMATCH, TlsFault::not_tls},
    Judged{SSL_R_HTTP_REQUEST, TlsFault::not_tls},
    Judged{SSL_R_UNSUPPORTED_PROTOCOL, TlsFault::nothing_shared},
    Judged{SSL_R_NO_PROTOCOLS_AVAILABLE, TlsFault::nothing_shared},
    Judged{SSL_R_NO_SHARED_CIPHER, TlsFault::nothing_shared},
    Judged{SSL_R_WRONG_CIPHER_RETURNED, TlsFault::nothing_shared},
    Judged{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, TlsFault::nothing_shared},
    Judged{SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, TlsFault::nothing_shared},
    Judged{SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, TlsFault::nothing_shared},
    Judged{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, TlsFault::own_wanted},
    Judged{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, TlsFault::own_refused},
    Judged{SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, TlsFault::own_refused},
    Judged{SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, TlsFault::own_refused},
    Judged{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, TlsFault::own_refused},
    Judged{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, TlsFault::own_refused},
    Judged{SSL_R_TLSV1_ALERT_UNKNOWN_CA, TlsFault::own_refused},
    Judged{SSL_R_TLSV1_ALERT_ACCESS_DENIED, TlsFault::own_refused},
    Judged{SSL_R_TLSV1_ALERT_DECRYPT_ERROR, TlsFault::own_refused},
};

bool has_own(SSL* session) { return ::SSL_get_certificate(session) != nullptr; }

/// Up to TLS 1.2 only: did the server ask for a certificate?
bool was_asked(SSL* session) {
  const unsigned char* types = nullptr;
  return ::SSL_get0_certificate_types(session, &types) > 0;
}

bool was_not_believed(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL &&
         ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

void append(std::string& list, const std::string& entry) {
  if (!list.empty()) list += ", ";
  list += entry;
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  const Handle<ASN1_OCTET_STRING, ::ASN1_OCTET_STRING_free> copy(::ASN1_OCTET_STRING_dup(bytes));
  const unsigned char* const data = ::ASN1_STRING_get0_data(copy.get());
  constexpr int kIpv4 = 4;
  if (::ASN1_STRING_length(copy.get()) == kIpv4) {
    std::string text = std::to_string(data[0]);
    for (int i = 1; i < kIpv4; ++i) text += "." + std::to_string(data[i]);
    return text;
  }
  // OpenSSL writes groups of two bytes in hex, which is an IPv6 address as well.
  std::string text;
  constexpr std::string_view kHex = "0123456789abcdef";
  for (int i = 0; i < ::ASN1_STRING_length(copy.get()); ++i) {
    if (i > 0 && i % 2 == 0) text += ':';
    text += kHex[data[i] >> 4];
    text += kHex[data[i] & 0x0f];
  }
  return text;
}

std::string names_of(const X509* certificate) {
  std::string names;
  const Handle<GENERAL_NAMES, ::GENERAL_NAMES_free> all(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      const ASN1_IA5STRING* const text = name->d.dNSName;
      append(names, {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(::ASN1_STRING_length(text))});
    } else if (name->type == GEN_IPADD) {
      append(names, address_of(name->d.iPAddress));
    }
  }
  return names;
}

std::string text_of(const X509_NAME* name) {
  const BioHandle bio(::BIO_new(::BIO_s_mem()));
  require(bio != nullptr, "out of memory");
  ::X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

UnixSeconds instant(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return {};
  using namespace std::chrono;
  const sys_days day = year{parts.tm_year + 1900} / (parts.tm_mon + 1) / parts.tm_mday;
  return day + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
}

void expect_peer(SSL* session, const std::string& host) {
  // OpenSSL takes an empty name for "any".
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  require(!name.empty(), "a TLS client names its server");
  X509_VERIFY_PARAM* const expected = ::SSL_get0_param(session);
  ::X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (::X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) != 1) {
    // RFC 6066 §3: only names, no addresses, stand in the SNI.
    require(::X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
                ::SSL_set_tlsext_host_name(session, name.c_str()) == 1,
            "a TLS server's name cannot be used");
  }
  ::ERR_clear_error();
  ::SSL_set_connect_state(session);
}

TlsFault judge_failure(SSL* session, unsigned long error) {
  if (was_not_believed(error)) return judge_certificate(::SSL_get_verify_result(session));
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return TlsFault::broken;
  for (const Judged& judged : kReasons) {
    if (judged.reason != ERR_GET_REASON(error)) continue;
    if (judged.reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && was_asked(session)) {
      return has_own(session) ? TlsFault::own_refused : TlsFault::own_wanted;
    }
    return judged.fault;
  }
  return TlsFault::broken;
}

std::string words_for(SSL* session, unsigned long error) {
  if (was_not_believed(error)) {
    return ::X509_verify_cert_error_string(::SSL_get_verify_result(session));
  }
  const char* const reason = ::ERR_reason_error_string(error);
  return reason != nullptr ? reason : "the peer broke TLS off";
}

std::optional<TlsPeer> describe_peer(const SSL* session) {
  STACK_OF(X509)* const chain = ::SSL_get0_verified_chain(session);
  const int count = chain == nullptr ? 0 : sk_X509_num(chain);
  if (count == 0) return std::nullopt;
  TlsPeer peer;
  peer.names = names_of(sk_X509_value(chain, 0));
  peer.signed_by = text_of(::X509_get_issuer_name(sk_X509_value(chain, count - 1)));
  peer.valid_from = UnixSeconds::min();
  peer.valid_until = UnixSeconds::max();
  for (int i = 0; i < count; ++i) {
    const X509* const certificate = sk_X509_value(chain, i);
    peer.valid_from = std::max(peer.valid_from, instant(::X509_get0_notBefore(certificate)));
    peer.valid_until = std::min(peer.valid_until, instant(::X509_get0_notAfter(certificate)));
  }
  return peer;
}

}  // namespace recant::crypto
