// Certificates as an operator would have them made, for TLS servers of tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace recant {

class Certificate {
 public:
  struct Kind {
    enum Key { ec, rsa, weak_rsa, ed25519 } key = ec;
    const char* name = "localhost";
    const EVP_MD* digest = ::EVP_sha256();
    long from_seconds = -60;  // from now
    long until_seconds = 3600;
    const char* alternatives = nullptr;  // as openssl writes them; by default: name and 127.0.0.1
  };

  /// Signed by itself, or by `issuer`.
  explicit Certificate(const Kind& kind, const Certificate* issuer = nullptr)
      : key_(make_key(kind.key), ::EVP_PKEY_free), x509_(::X509_new(), ::X509_free) {
    X509* const x509 = x509_.get();
    ::X509_set_version(x509, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), next_serial()++);
    ::X509_gmtime_adj(::X509_getm_notBefore(x509), kind.from_seconds);
    ::X509_gmtime_adj(::X509_getm_notAfter(x509), kind.until_seconds);
    ::X509_set_pubkey(x509, key_.get());
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(kind.name), -1, -1, 0);
    const Certificate& signer = issuer != nullptr ? *issuer : *this;
    ::X509_set_issuer_name(x509, ::X509_get_subject_name(signer.x509_.get()));
    const std::string usual = std::string("DNS:") + kind.name + ",IP:127.0.0.1";
    const std::string names = kind.alternatives != nullptr ? kind.alternatives : usual;
    if (!names.empty()) add(NID_subject_alt_name, names.c_str());
    if (issuer == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
    const EVP_MD* const digest = kind.key == Kind::ed25519 ? nullptr : kind.digest;
    if (::X509_sign(x509, signer.key_.get(), digest) == 0) throw std::runtime_error("X509_sign");
  }

  std::string pem() const {
    return written([&](BIO* bio) { ::PEM_write_bio_X509(bio, x509_.get()); });
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    return written([&](BIO* bio) {
      ::PEM_write_bio_PKCS8PrivateKey(bio, key_.get(),
                                      passphrase != nullptr ? ::EVP_aes_256_cbc() : nullptr,
                                      nullptr, 0, nullptr, const_cast<char*>(passphrase));
    });
  }
  /// "-----BEGIN RSA PRIVATE KEY-----" and its kin, as openssl wrote for decades.
  std::string traditional_key_pem(const char* passphrase = nullptr) const {
    return written([&](BIO* bio) {
      ::PEM_write_bio_PrivateKey_traditional(bio, key_.get(),
                                             passphrase != nullptr ? ::EVP_aes_256_cbc() : nullptr,
                                             nullptr, 0, nullptr, const_cast<char*>(passphrase));
    });
  }
  X509* x509() const { return x509_.get(); }

 private:
  static EVP_PKEY* make_key(Kind::Key key) {
    constexpr std::size_t kBits = 2048, kWeakBits = 1024;
    EVP_PKEY* made = nullptr;
    switch (key) {
      case Kind::ec:
        made = ::EVP_EC_gen("P-256");
        break;
      case Kind::rsa:
        made = ::EVP_RSA_gen(kBits);
        break;
      case Kind::weak_rsa:
        made = ::EVP_RSA_gen(kWeakBits);
        break;
      case Kind::ed25519:
        made = ::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        break;
    }
    if (made == nullptr) throw std::runtime_error("no key");
    return made;
  }

  static long& next_serial() {
    static long serial = 1;
    return serial;
  }

  void add(int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    ::X509V3_set_ctx(&context, x509_.get(), x509_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    if (extension == nullptr) throw std::runtime_error(value);
    ::X509_add_ext(x509_.get(), extension, -1);
    ::X509_EXTENSION_free(extension);
  }

  template <class Write>
  static std::string written(Write write) {
    const std::unique_ptr<BIO, decltype(&::BIO_free_all)> bio(::BIO_new(::BIO_s_mem()),
                                                              ::BIO_free_all);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&::X509_free)> x509_;
};

}  // namespace recant
