// A client of Recant by oauth4webapi, as in docs/oauth.md. It discovers ISSUER, then answers each
// line of JSON, {"do", "token"}, by one.
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';
import * as oauth from 'oauth4webapi';

globalThis.crypto ??= webcrypto; // of Node 18

const issuer = new URL(process.env.ISSUER);
const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' });
const server = await oauth.processDiscoveryResponse(issuer, found);

const api = { client_id: process.env.CLIENT_ID };
const secret = process.env.CLIENT_SECRET;
const basic = oauth.ClientSecretBasic(secret);
const app = { client_id: process.env.PUBLIC_CLIENT_ID };

async function introspect(token, authentication, options) {
  const client = { ...api, ...(options && { introspection_signed_response_alg: 'ES256' }) };
  const response = await oauth.introspectionRequest(server, client, authentication, token, options);
  const said = await oauth.processIntrospectionResponse(server, client, response);
  if (options) await oauth.validateApplicationLevelSignature(server, response);
  return said;
}

async function revoke(client, authentication, token) {
  const response = await oauth.revocationRequest(server, client, authentication, token);
  await oauth.processRevocationResponse(response);
  return {};
}

const acts = {
  introspect: (token) => introspect(token, basic),
  'introspect by post': (token) => introspect(token, oauth.ClientSecretPost(secret)),
  'introspect signed': (token) => introspect(token, basic, { requestJwtResponse: true }),
  'introspect as a stranger': (token) => introspect(token, oauth.ClientSecretBasic('guessed')),
  revoke: (token) => revoke(api, basic, token),
  'give back': (token) => revoke(app, oauth.None(), token),
  refresh: async (token) => {
    const response = await oauth.refreshTokenGrantRequest(server, app, oauth.None(), token);
    return oauth.processRefreshTokenResponse(server, app, response);
  },
};

console.log(JSON.stringify(server));
for await (const line of createInterface({ input: process.stdin })) {
  const { do: act, token } = JSON.parse(line);
  const answer = await acts[act](token).catch((error) => (
    { failed: error.error ?? error.code ?? String(error), status: error.status ?? error.cause?.status }));
  console.log(JSON.stringify(answer));
}
process.exit(0);
