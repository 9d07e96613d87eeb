// What this API answers, and whom it lets in (RFC 6750).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <recant/verifier.hpp>

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

/// Both must outlive the answer. Throws for want of memory only.
boost::asio::awaitable<Response> answer(recant::Verifier& verifier, const Request& request);
