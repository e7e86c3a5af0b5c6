// A real OpenID Connect provider (npm oidc-provider) for the tests alone. It listens on
// loopback, keeps everything in memory and lets its one form sign in as anybody.
// Usage: node server.mjs PORT CLIENTS_JSON. Tests steer it by POST /control:
//   accounts   id -> claims
//   fault      what is wrong with its next answers; "" is nothing
// POST /logout {account, sid} has it send a logout token to itself: `sent` keeps the tokens,
// `sids` the names of its sessions. POST /sign {claims, header} signs whatever is asked.

import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";

const [port, clients] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const issuer = `http://127.0.0.1:${port}`;
const state = { accounts: {}, fault: "", asked: [], sent: [], sids: [] };

async function makeKey(kid) {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(pair.privateKey)), kid, alg: "RS256", use: "sig" };
  return { jwk, kid, key: pair.privateKey };
}
const signing = await makeKey("first");
const rotated = await makeKey("second");
const stranger = await makeKey("first");
const open = ({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [signing.jwk] },
  acrValues: ["low", "high"],
  cookies: { keys: ["only-for-tests"] },
  claims: {
    openid: ["sub", "pid", "helseid://claims/identity/pid"],
    email: ["email", "email_verified"],
    profile: ["name"],
  },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  // Its guard keeps it from loopback, which is where the tests are.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
  findAccount: (_ctx, id) =>
    id in state.accounts
      ? { accountId: id, claims: () => ({ sub: id, ...state.accounts[id] }) }
      : undefined,
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});
// The portal under test has another port each time.
provider.Client.prototype.redirectUriAllowed = (uri) =>
  /^http:\/\/(testserver|localhost:\d+|127\.0\.0\.1:\d+)\/accounts\/oidc\/[a-z-]+\/callback\/$/.test(uri);

const changes = {
  nonce: { nonce: "another" },
  "no nonce": { nonce: undefined },
  aud: { aud: "another-client" },
  "two aud": { aud: ["portal", "another-client"] },
  iss: { iss: "http://127.0.0.1:1" },
  expired: { exp: Math.floor(Date.now() / 1000) - 3600 },
  level: { acr: "low" },
  "no level": { acr: undefined },
  "number as sub": { sub: "13097248022" },
};

async function spoil(idToken) {
  const claims = { ...decodeJwt(idToken), ...changes[state.fault] };
  if (state.fault === "none") {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none", kid: "first" })}.${part(claims)}.`;
  }
  if (state.fault === "shared secret") {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid: "first" })
      .sign(Buffer.from(JSON.stringify(open(signing.jwk))));
  }
  const by = { signature: stranger, rotated, "unknown key": rotated }[state.fault] ?? signing;
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: by.kid }).sign(by.key);
}

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path === "/token" && ctx.body?.id_token) state.sids.push(decodeJwt(ctx.body.id_token).sid);
  if (ctx.path === "/token" && state.fault && ctx.body?.id_token) {
    ctx.body.id_token = await spoil(ctx.body.id_token);
  }
  if (ctx.path === "/jwks" && state.fault === "rotated") {
    ctx.body = { keys: [open(rotated.jwk)] };
  }
  if (ctx.path === "/me" && state.fault === "other person") ctx.body.sub = "somebody-else";
  if (ctx.path === "/me" && changes[state.fault]?.sub) ctx.body.sub = changes[state.fault].sub;
});

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

async function signIn(request, response) {
  const { uid, params } = await provider.interactionDetails(request, response);
  if (request.method === "POST") {
    const sent = new URLSearchParams(await read(request));
    const result = sent.has("cancel")
      ? { error: "access_denied" }
      : { login: { accountId: sent.get("account"), acr: sent.get("acr") || undefined } };
    return provider.interactionFinished(request, response, result);
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!doctype html><title>Test provider</title><h1>${params.client_id}</h1>
    <form method="post" action="/sign-in/${uid}"><input name="account" aria-label="account">
    <input name="acr" aria-label="acr"><button>Continue</button>
    <button name="cancel" value="1">Cancel</button></form>`);
}

const answer = provider.callback();
createServer(async (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  try {
    if (pathname === "/control") {
      if (request.method === "POST") Object.assign(state, JSON.parse(await read(request)));
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify(state));
    }
    if (pathname === "/received") {
      state.sent.push(new URLSearchParams(await read(request)).get("logout_token"));
      return response.end();
    }
    if (pathname === "/logout") {
      const { account, sid } = JSON.parse(await read(request));
      await (await provider.Client.find("portal")).backchannelLogout(account, sid);
      return response.end();
    }
    if (pathname === "/sign") {
      const { claims, header } = JSON.parse(await read(request));
      const typed = { alg: "RS256", kid: signing.kid, ...header };
      return response.end(await new SignJWT(claims).setProtectedHeader(typed).sign(signing.key));
    }
    state.asked.push(`${request.method} ${request.url}`);
    if (state.fault === "down") return request.socket.destroy();
    if (state.fault === "broken") return response.writeHead(502).end("<h1>Bad gateway</h1>");
    if (state.fault === "nonsense") return response.writeHead(200).end("<h1>Maintenance</h1>");
    if (state.fault === "silent") return;
    if (pathname.startsWith("/sign-in/")) return await signIn(request, response);
    return answer(request, response);
  } catch (fault) {
    response.writeHead(500).end(String(fault.stack));
  }
}).listen(port, "127.0.0.1", () => console.log("ready"));
