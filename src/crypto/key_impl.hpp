// Private to crypto/: what each family of keys implements, and how keys of it are made.
#pragma once

#include "crypto/key.hpp"

namespace recant::crypto {

class VerificationKey::Impl {
 public:
  Impl(Algorithm algorithm, PublicMembers members)
      : algorithm_(algorithm), members_(std::move(members)) {}
  virtual ~Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Algorithm algorithm() const { return algorithm_; }
  const PublicMembers& public_members() const { return members_; }
  virtual bool verify(Bytes message, Bytes signature) const = 0;

 private:
  const Algorithm algorithm_;
  const PublicMembers members_;
};

class SigningKey::Impl {
 public:
  explicit Impl(VerificationKey verification) : verification_(std::move(verification)) {}
  virtual ~Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const VerificationKey& verification_key() const { return verification_; }
  virtual ByteVector sign(Bytes message) const = 0;
  virtual SecretString export_private() const = 0;

 private:
  const VerificationKey verification_;
};

// One set a family, in ec_key.cpp, okp_key.cpp, rsa_key.cpp and secret_key.cpp.
using VerificationResult = Result<VerificationKey, KeyError>;
using SigningResult = Result<SigningKey, KeyError>;

VerificationResult make_ec(Algorithm algorithm, const EcPublic& members);
VerificationResult make_okp(Algorithm algorithm, const OkpPublic& members);
VerificationResult make_rsa(Algorithm algorithm, const RsaPublic& members);
VerificationResult make_secret(Algorithm algorithm, Bytes secret);

SigningResult import_ec(Algorithm algorithm, const SecretString& pem);
SigningResult import_okp(Algorithm algorithm, const SecretString& pem);
SigningResult import_rsa(Algorithm algorithm, const SecretString& pem);
SigningResult import_secret(Algorithm algorithm, const SecretString& secret);

SigningResult generate_ec(Algorithm algorithm);
SigningResult generate_okp(Algorithm algorithm, RandomSource& random);
SigningResult generate_rsa(Algorithm algorithm);
SigningResult generate_secret(Algorithm algorithm, RandomSource& random);

}  // namespace recant::crypto
