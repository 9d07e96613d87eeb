// The calls about admin keys: who may administer.
#include <utility>

#include "http/api.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {

Task<Response> Api::list_admin_keys(Call& call) {
  const auto page = parse_page(call.request);
  if (!page) co_return to_response(page.error());
  co_return admin_keys_response(services_.admin.list(page->after, page->limit));
}

Task<Response> Api::add_admin_key(Call& call) {
  auto draft = parse_new_admin_key(call.request);
  if (!draft) co_return to_response(draft.error());
  const auto granted = co_await services_.admin.add(*std::move(draft), *call.admin, call.caller);
  if (!granted) co_return to_response(to_problem(granted.error()));
  co_return granted_admin_key_response(*granted);
}

Task<Response> Api::remove_admin_key(Call& call) {
  const std::string& name = call.request.params.front();
  const auto removed = co_await services_.admin.remove(name, *call.admin, call.caller);
  if (!removed) co_return to_response(to_problem(removed.error()));
  co_return Response(204);
}

}  // namespace recant::http
