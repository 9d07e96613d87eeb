// Members that several calls have in common; each is optional and bounded.
#pragma once

#include <optional>
#include <string>

#include "core/subject.hpp"
#include "http/body_reader.hpp"

namespace recant::http {

std::string device_of(BodyReader& body);
std::string scope_of(BodyReader& body);
/// As JSON text, or empty.
std::string claims_of(BodyReader& body);
std::optional<core::Subject> subject_of(BodyReader& body);

}  // namespace recant::http
