const at = (id) => document.getElementById(id);
const tabs = new BroadcastChannel("recant");
tabs.onmessage = ({ data }) => (data.why ? show(null, data.why) : look());

// The browser sends the cookies along and keeps the new ones; no script ever sees a token.
const send = (method, call, body) => fetch("/v1/" + call, {
  method, body: body && JSON.stringify(body), headers: body && { "Content-Type": "application/json" } });
const challenge = (answer) => answer.headers.get("WWW-Authenticate") ?? "";
const tooOld = (answer) => challenge(answer).includes('error="invalid_token"');

// One tab refreshes for all: who waited for the lock finds new cookies, and is answered by them.
const ask = async (method, call) => {
  const first = await send(method, call);
  return tooOld(first) ? navigator.locks.request("recant", () => askAgain(method, call)) : first;
};
async function askAgain(method, call) {
  const answer = await send(method, call);
  if (!tooOld(answer)) return answer;
  const renewed = await send("POST", "refresh");
  if (renewed.ok) return send(method, call);
  const told = challenge(answer).match(/revoked: ([^"]*)/)?.[1];
  if (renewed.status === 401) leave(told ?? (await renewed.json()).reason);
  return renewed;
}

function show(me, why) {
  [at("door").hidden, at("inside").hidden] = [me !== null, me === null];
  at("why").textContent = why ? `Signed out: ${why}.` : "";
  if (!me) return;
  at("who").textContent = me.username;
  at("until").textContent = new Date(me.expires_at).toLocaleTimeString();
}
const leave = (why) => { show(null, why); tabs.postMessage({ why }); };
const look = async () => { const me = await ask("GET", "me"); if (me.ok) show(await me.json()); };

at("door").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await send("POST", "login", Object.fromEntries(new FormData(event.target)));
  if (answer.ok) look().then(() => tabs.postMessage({}));
  else at("why").textContent = (await answer.json()).detail;
};
at("out").onclick = () => send("POST", "logout").then(({ ok }) => leave(ok ? "logout" : "here only, try again later"));
at("everywhere").onclick = () => ask("POST", "logout-all").then(look);
look(); setInterval(() => at("inside").hidden || look(), 5000);
