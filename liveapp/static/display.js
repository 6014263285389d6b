/* The screen on the wall: asks what to show, keeps the door's code fresh, and comes back by itself from whatever happens. */
(() => {
  "use strict";
  const root = document.documentElement;
  const { now: nowUrl, code: codeUrl, version, tz } = root.dataset;
  const main = document.getElementById("main");
  const door = document.getElementById("door");
  const picture = document.getElementById("door-code");
  const offline = document.getElementById("offline");
  const dark = document.getElementById("dark");
  const EVERY = 6000;
  const LONGEST_WAIT = 60000;
  const RELOAD_AT_MOST_EVERY = 300000;

  /* The server's clock: this device's may be wrong. */
  let ahead = Number(root.dataset.at) - performance.now();
  const now = () => new Date(ahead + performance.now());
  const clock = new Intl.DateTimeFormat(navigator.language, { timeStyle: "short", timeZone: tz });
  const jitter = (ms) => ms * (0.8 + Math.random() * 0.4);

  const ask = async (url, headers = {}) => {
    const answer = await fetch(url, { headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(10000) });
    const said = Number(answer.headers.get("X-Now"));
    if (said) ahead = said - performance.now();
    return answer;
  };

  /* Light again, or dark with one sentence; a dark screen asks once a minute. */
  const goDark = () => {
    dark.textContent = "This screen is switched off. Ask the staff for a new link.";
    root.dataset.theme = "dark";
    dark.hidden = false;
    hideCode();
  };
  const lighten = () => {
    if (dark.hidden) return;
    location.reload();
  };

  let failures = 0;
  let since = null;
  const online = () => { failures = 0; since = null; offline.hidden = true; };
  const lost = () => {
    failures += 1;
    since = since || now();
    if (failures > 1) { offline.textContent = `Offline since ${clock.format(since)}`; offline.hidden = false; }
  };
  const waiting = () => jitter(failures ? Math.min(LONGEST_WAIT, 1000 * 2 ** failures) : EVERY);

  /* Another release answers: its page is loaded, but never again and again. */
  const renew = (answer) => {
    const theirs = answer.headers.get("X-Version");
    const last = Number(sessionStorage.getItem("renewed-at"));
    if (!theirs || theirs === version || (last && Date.now() - last < RELOAD_AT_MOST_EVERY)) return;
    sessionStorage.setItem("renewed-at", String(Date.now()));
    location.reload();
  };

  /* The door's code. */
  let dies = 0;
  let next = 0;
  let key = "";
  const hideCode = () => { picture.replaceChildren(); door.hidden = true; dies = 0; };
  const showCode = async () => {
    clearTimeout(next);
    const wanted = scene().dataset.key;
    if (main.dataset.state !== "open") { hideCode(); return; }
    try {
      const answer = await ask(codeUrl);
      if (answer.status === 200 && wanted === scene().dataset.key) {
        const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
        picture.replaceChildren(document.importNode(svg, true));
        dies = performance.now() + Number(answer.headers.get("X-Valid-For")) * 1000;
        key = wanted;
        door.hidden = false;
      }
      const wait = answer.status === 200 ? Number(answer.headers.get("X-Next-In")) : 5;
      next = setTimeout(showCode, wait * 1000);
    } catch {
      next = setTimeout(showCode, jitter(3000));
    }
  };

  const scene = () => document.getElementById("scene");
  const put = (html) => {
    scene().outerHTML = html;
    main.dataset.state = scene().dataset.state;
    if (main.dataset.state !== "open" || scene().dataset.key !== key) { hideCode(); showCode(); }
    tick();
  };

  const look = async () => {
    let wait = LONGEST_WAIT;
    try {
      const answer = await ask(nowUrl, { "If-None-Match": `"${scene().dataset.tag}"` });
      if (answer.status === 410 || answer.status === 404) { online(); goDark(); } else if (answer.status === 200 || answer.status === 304) {
        online();
        lighten();
        renew(answer);
        if (answer.status === 200) put(await answer.text());
        wait = waiting();
      } else { throw new Error(answer.status); }
    } catch {
      lost();
      wait = waiting();
    }
    setTimeout(look, wait);
  };

  /* Each second: the clock, the countdown, and a code that nobody should scan any more goes. */
  const countdown = (ms) => {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const hours = Math.floor(seconds / 3600);
    const pad = (number) => String(number).padStart(2, "0");
    return `${hours ? `${hours}:` : ""}${hours ? pad(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  };
  const tick = () => {
    document.querySelector("[data-clock]").textContent = clock.format(now());
    const until = document.querySelector("[data-until]");
    const left = until ? new Date(until.dataset.until) - now() : 0;
    if (until && left < 12 * 3600000) until.textContent = `in ${countdown(left)}`;
    if (dies && performance.now() > dies) hideCode();
  };

  const stayAwake = () => { if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("click", () => {
    stayAwake();
    if (!document.fullscreenElement) root.requestFullscreen?.().catch(() => {});
  });

  stayAwake();
  tick();
  setInterval(tick, 1000);
  showCode();
  setTimeout(look, jitter(EVERY));
})();
