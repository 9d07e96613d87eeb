"""A client of Recant by Authlib, as in docs/oauth.md. It discovers ISSUER, then answers each line of
JSON, {"do", "token"}, by one."""
import json
import os
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

ISSUER = os.environ["ISSUER"]
SECRET = os.environ["CLIENT_SECRET"]


def session(client_id, secret=None, method=None):
    return OAuth2Session(client_id, secret, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method)


def complaints(metadata):
    """What Authlib has against it, each member by itself."""
    said = {}
    for key in AuthorizationServerMetadata.REGISTRY_KEYS:
        try:
            getattr(metadata, f"validate_{key}")()
        except ValueError as error:
            said[key] = str(error)
    return said


def answered(response):
    body = response.json() if response.content else {}
    return body if response.status_code == 200 else {"failed": body["error"], "status": response.status_code}


def main():
    app = session(os.environ["PUBLIC_CLIENT_ID"])
    api = session(os.environ["CLIENT_ID"], SECRET)
    by_post = session(os.environ["CLIENT_ID"], SECRET, "client_secret_post")
    stranger = session(os.environ["CLIENT_ID"], "guessed")
    found = app.get(get_well_known_url(ISSUER, external=True), withhold_token=True)
    server = AuthorizationServerMetadata(found.json())
    introspection, revocation = server["introspection_endpoint"], server["revocation_endpoint"]
    acts = {
        "introspect": lambda token: answered(api.introspect_token(introspection, token)),
        "introspect by post": lambda token: answered(by_post.introspect_token(introspection, token)),
        "introspect as a stranger": lambda token: answered(stranger.introspect_token(introspection, token)),
        "revoke": lambda token: answered(api.revoke_token(revocation, token)),
        "give back": lambda token: answered(app.revoke_token(revocation, token)),
        "refresh": lambda token: dict(app.refresh_token(server["token_endpoint"], token)),
    }
    print(json.dumps({**server, "complaints": complaints(server)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = acts[asked["do"]](asked["token"])
        except OAuthError as error:
            answer = {"failed": error.error}
        print(json.dumps(answer), flush=True)


main()
