#include "redis/key_form.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "redis/scripts.hpp"

namespace recant::redis {
namespace {

using Texts = std::vector<std::string>;

/// Of a script call, which may touch four keys for each: no more than 256.
constexpr std::size_t kBatch = 64;

RedisError unexpected(const char* what) {
  return {RedisErrc::unexpected_reply, std::string(what) + " was answered in another form"};
}

std::string kind_of(const Keys::SubjectKey& parts) {
  switch (parts.kind) {
    case Keys::SubjectKey::Kind::watermark:
      return "watermark";
    case Keys::SubjectKey::Kind::index:
      return "index";
    case Keys::SubjectKey::Kind::record:
      return "record";
    case Keys::SubjectKey::Kind::other:
      break;
  }
  return "other";
}

}  // namespace

Task<Result<KeyForm::State, RedisError>> KeyForm::claim(bool may_convert) {
  const std::string ours(keys_.form_name());
  const std::string_view step = may_convert ? "convert" : "claim";
  const auto stands = co_await take_step(step);
  if (!stands) co_return stands.error();
  if (*stands == ours) co_return State::ours;
  if (*stands == keys_.in_other_form().form_name()) co_return State::other;
  if (*stands == "converting:" + ours && may_convert) co_return State::to_be_given;
  if (stands->starts_with(name_of(core::KeyForm::converting))) co_return State::half_way;
  co_return unexpected("claim_key_form");
}

Task<Result<std::string, RedisError>> KeyForm::take_step(std::string_view step) {
  const Texts keys{keys_.form(), keys_.policy()};
  const Texts arguments{std::string(keys_.form_name()), std::string(Keys().form_name()),
                        std::string(step)};
  const auto reply = co_await eval(redis_, Scripts::embedded().claim_key_form, keys, arguments);
  if (!reply) co_return reply.error();
  const auto elements = reply->elements();
  const auto stands = elements.size() == 1 ? elements[0].text() : std::nullopt;
  if (!stands) co_return unexpected("claim_key_form");
  co_return std::string(*stands);
}

Task<Result<std::int64_t, RedisError>> KeyForm::convert() {
  std::int64_t converted = 0;
  std::string cursor = "0";
  do {
    auto next = co_await convert_some(std::move(cursor), converted);
    if (!next) co_return next.error();
    cursor = *std::move(next);
  } while (cursor != "0");
  const auto done = co_await take_step("converted");
  if (!done) co_return done.error();
  if (*done != keys_.form_name()) {
    co_return RedisError{RedisErrc::unexpected_reply,
                         "meanwhile another server began to give the keys of this Redis the names "
                         "of the other form: start one alone by `recant serve --convert-keys`"};
  }
  co_return converted;
}

Task<Result<std::string, RedisError>> KeyForm::convert_some(std::string cursor,
                                                            std::int64_t& converted) {
  const Keys from = keys_.in_other_form();
  const Command scan("SCAN", cursor, "MATCH", from.subjects_pattern(), "COUNT", 1000);
  const auto page = co_await redis_.run(scan);
  if (!page) co_return page.error();
  const auto parts = page->elements();
  const auto next = parts.size() == 2 ? parts[0].text() : std::nullopt;
  if (!next) co_return unexpected("SCAN");
  const std::string next_cursor(*next);

  Texts names;
  Texts arguments;
  for (const Reply& element : parts[1].elements()) {
    const auto key = from.take_apart(element.text().value_or(""));
    if (!key) continue;
    names.insert(names.end(), {from.put_together(*key), keys_.put_together(*key)});
    arguments.insert(arguments.end(),
                     {kind_of(*key), from.refresh_tokens_of(*key), keys_.refresh_tokens_of(*key)});
  }
  const std::size_t count = names.size() / 2;
  for (std::size_t at = 0; at < count; at += kBatch) {
    const std::size_t size = std::min(kBatch, count - at);
    const auto keys = std::span<const std::string>(names).subspan(2 * at, 2 * size);
    const auto more = std::span<const std::string>(arguments).subspan(3 * at, 3 * size);
    const auto done = co_await eval(redis_, Scripts::embedded().convert_keys, keys, more);
    if (!done) co_return done.error();
    converted += static_cast<std::int64_t>(size);
  }
  co_return next_cursor;
}

}  // namespace recant::redis
