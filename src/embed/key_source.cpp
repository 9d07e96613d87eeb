#include "embed/key_source.hpp"

#include <utility>

#include "base/secret.hpp"
#include "core/plain_utf8.hpp"

namespace recant::embed {
namespace {

const std::string& path_of(const KeySource& source) {
  if (const auto* jwks = std::get_if<JwksFile>(&source.place)) return jwks->path;
  return std::get<SecretFile>(source.place).path;
}

Result<verify::IssuerKeys, std::string> read(const KeySource& source, FileText file) {
  if (!source.is_secret()) return verify::read_issuer_jwks(file.bytes, source.algorithms);
  const SecretString secret(std::move(file.bytes));
  if (!file.is_only_owners) {
    return std::string("may be read by others than its owner: chmod 600 it");
  }
  return verify::read_issuer_secret(crypto::as_bytes(core::without_final_newline(secret.reveal())),
                                    source.algorithms);
}

}  // namespace

std::string KeySource::where() const {
  return option + " " + (url() != nullptr ? url()->to_string() : path_of(*this));
}

Result<std::optional<verify::IssuerKeys>, std::string> KeyFile::look(const KeySource& source) {
  const auto now = stamp_of(path_of(source));
  if (read_ && now == read_) return std::optional<verify::IssuerKeys>();
  auto file = read_file(path_of(source));
  if (!file) return file.error();
  const FileStamp stamp = file->stamp;
  auto keys = read(source, *std::move(file));
  if (!keys) return keys.error();
  read_ = stamp;
  return std::optional(*std::move(keys));
}

}  // namespace recant::embed
