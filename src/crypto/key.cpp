#include "crypto/key.hpp"

#include "crypto/key_impl.hpp"

namespace recant::crypto {

Result<VerificationKey, KeyError> VerificationKey::from_public(Algorithm algorithm,
                                                               const PublicMembers& members) {
  switch (info(algorithm).family) {
    case KeyFamily::ec:
      if (const auto* ec = std::get_if<EcPublic>(&members)) return make_ec(algorithm, *ec);
      break;
    case KeyFamily::okp:
      if (const auto* okp = std::get_if<OkpPublic>(&members)) return make_okp(algorithm, *okp);
      break;
    case KeyFamily::rsa:
      if (const auto* rsa = std::get_if<RsaPublic>(&members)) return make_rsa(algorithm, *rsa);
      break;
    case KeyFamily::oct:
      break;
  }
  return KeyError::wrong_algorithm;
}

Result<VerificationKey, KeyError> VerificationKey::from_secret(Algorithm algorithm, Bytes secret) {
  if (info(algorithm).family != KeyFamily::oct) return KeyError::wrong_algorithm;
  return make_secret(algorithm, secret);
}

Algorithm VerificationKey::algorithm() const { return impl_->algorithm(); }
const PublicMembers& VerificationKey::public_members() const { return impl_->public_members(); }
bool VerificationKey::verify(std::string_view message, Bytes signature) const {
  return impl_->verify(as_bytes(message), signature);
}

Result<SigningKey, KeyError> SigningKey::generate(Algorithm algorithm, RandomSource& random) {
  switch (info(algorithm).family) {
    case KeyFamily::ec:
      return generate_ec(algorithm);
    case KeyFamily::okp:
      return generate_okp(algorithm, random);
    case KeyFamily::rsa:
      return generate_rsa(algorithm);
    case KeyFamily::oct:
      return generate_secret(algorithm, random);
  }
  return KeyError::wrong_algorithm;
}

Result<SigningKey, KeyError> SigningKey::import_private(Algorithm algorithm,
                                                        const SecretString& text) {
  switch (info(algorithm).family) {
    case KeyFamily::ec:
      return import_ec(algorithm, text);
    case KeyFamily::okp:
      return import_okp(algorithm, text);
    case KeyFamily::rsa:
      return import_rsa(algorithm, text);
    case KeyFamily::oct:
      return import_secret(algorithm, text);
  }
  return KeyError::wrong_algorithm;
}

SecretString SigningKey::export_private() const { return impl_->export_private(); }
Algorithm SigningKey::algorithm() const { return verification_key().algorithm(); }
const VerificationKey& SigningKey::verification_key() const { return impl_->verification_key(); }
ByteVector SigningKey::sign(std::string_view message) const {
  return impl_->sign(as_bytes(message));
}

std::string_view to_string(KeyError error) {
  switch (error) {
    case KeyError::malformed:
      return "it is not an unencrypted PKCS#8 PEM of one key";
    case KeyError::encrypted:
      return "it is encrypted with a passphrase";
    case KeyError::wrong_algorithm:
      return "it is a key of another kind than the algorithm needs";
    case KeyError::wrong_length:
      return "a coordinate has not the curve's length";
    case KeyError::not_on_curve:
      return "the point is not on the curve";
    case KeyError::weak_point:
      return "the Ed25519 point is weak or not in its canonical form";
    case KeyError::too_small:
      return "it is too short for the algorithm";
    case KeyError::too_large:
      return "the RSA modulus has more than 8192 bits";
    case KeyError::bad_modulus:
      return "the RSA modulus is malformed or known to be weak";
    case KeyError::bad_exponent:
      return "the RSA exponent is not an odd number from 65537 up";
    case KeyError::weak_secret:
      return "the secret is not random";
    case KeyError::inconsistent:
      return "its public half does not belong to its private half";
  }
  return "it is no key";
}

}  // namespace recant::crypto
