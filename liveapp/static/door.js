/* The check-in desk: taps are sent at once, or kept in this browser until there is a network again, and each counts
   once. What became of a kept one is shown by name until it is read. Whatever other desks do shows here within two
   seconds. */
(() => {
  "use strict";
  const form = document.getElementById("door");
  const list = document.getElementById("door-rows");
  const field = form.elements.code;
  const net = document.getElementById("door-net");
  const said = document.getElementById("door-answer");
  const none = document.getElementById("door-none");
  const token = form.elements.csrf_token.value;
  const answers = document.getElementById("door-kept");
  const store = `door:${form.getAttribute("action")}:`;
  const POLL = 1500;
  const STOPPED = { code: "stopped", word: "Stopped", colour: "rose", sentence: "This page was open for too long, or you were signed out. Reload it: check-ins that are kept here are sent then." };
  const OFFLINE = { code: "offline", word: "Offline", colour: "amber", sentence: "That page needs a connection. People can be checked in here meanwhile." };
  const LATE = 4000; /* A tap that is older when it is sent says when it was made. */
  let at = Number(form.dataset.at);
  const ahead = Date.now() - at; /* By so many milliseconds the device's clock is before ours. */
  let tag = "";
  let shown = "";

  /* What waits to be sent, and what came of it until that is read, over reloads and closed tabs: each tap has a place of
     its own, so that no tab writes over another's. */
  const memory = new Map(); /* Private windows keep it while they are open. */
  const all = () => {
    const found = new Map(memory);
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(store)) found.set(name.slice(store.length), JSON.parse(localStorage.getItem(name)));
    } catch { /* as above */ }
    return [...found.values()].sort((one, other) => one.at - other.at);
  };
  let taps = [];
  const look = () => { taps = all().filter((tap) => !tap.answer); };
  const keep = (tap) => {
    try { localStorage.setItem(store + tap.key, JSON.stringify(tap)); } catch { memory.set(tap.key, tap); }
    look();
  };
  const drop = (tap) => {
    memory.delete(tap.key);
    try { localStorage.removeItem(store + tap.key); } catch { /* as above */ }
    look();
  };
  const alone = navigator.locks ? (work) => navigator.locks.request(store, work) : (work) => work();
  let sending = false;
  let wait = 0;
  let asleep = 0;
  let tapped = "";

  const row = (id) => document.getElementById(`door-${id}`);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const draw = (id, html) => {
    const old = row(id);
    if (!old || taps.some((tap) => tap.id === id)) return;
    const held = old.contains(document.activeElement) || (tapped === id && document.activeElement === document.body);
    const box = document.createElement("template");
    box.innerHTML = html;
    const fresh = box.content.querySelector("li");
    old.replaceWith(fresh);
    if (held) (fresh.querySelector("button") || fresh.querySelector("a")).focus();
  };
  const WAITING = { in: "Checking in …", out: "Checking out …", back: "Coming back …", undo: "Taking it back …" };
  const pending = (tap) => {
    const there = tap.id && row(tap.id);
    if (!there) return;
    if (there.contains(document.activeElement)) tapped = tap.id; /* Its button is switched off, and loses the focus. */
    there.dataset.pending = "";
    there.querySelector("small").textContent = wait ? "Kept here, sent when the network is back" : WAITING[tap.deed];
    there.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  };

  const count = (told) => {
    if (told.expected === undefined) return;
    document.querySelector("#door-count strong").textContent = told.came;
    document.querySelector("#door-count span").textContent = `of ${told.expected} ${form.dataset.word}`;
    at = Math.max(at, told.at);
  };

  /* Somebody is new or gone here, or a check-in was taken back elsewhere: the whole list again. */
  const whole = async () => {
    const answer = await fetch(location.pathname, { headers: { "Cache-Control": "no-cache" } });
    if (!answer.ok) return;
    const there = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = there.getElementById("door-rows");
    if (!fresh || !list) { location.reload(); return; }
    const held = document.activeElement.closest?.(".door-row")?.id;
    list.replaceChildren(...fresh.children);
    form.dataset.people = there.getElementById("door").dataset.people;
    taps.forEach(pending);
    filter();
    if (held) document.getElementById(held)?.querySelector("button, a")?.focus();
  };
  const isWhole = (told) => {
    if (told.expected === undefined) return true;
    const settled = !taps.length;
    const here = list ? list.querySelectorAll("[data-state=in], [data-state=out]").length : 0;
    return Number(form.dataset.people) === told.people && (!settled || here === told.came);
  };
  const take = (told) => {
    count(told);
    Object.entries(told.rows || {}).forEach(([id, html]) => draw(id, html));
    filter();
    if (!isWhole(told)) whole();
  };

  const dressed = (part) => { part.className = "btn"; part.dataset.variant = "outline"; return part; };
  const wayOut = (answer) => {
    const link = dressed(document.createElement("a"));
    link.href = `bookings/${answer.id}/attendance`;
    link.textContent = answer.way_out;
    return link;
  };
  const press = (words, work, label = words) => {
    const button = dressed(document.createElement("button"));
    button.type = "button";
    button.textContent = words;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", work);
    return button;
  };
  const say = (there, answer, sentence) => {
    there.dataset.tone = answer.colour;
    const word = document.createElement("strong");
    word.textContent = answer.word;
    const words = document.createElement("span");
    words.textContent = sentence;
    there.replaceChildren(word, words);
  };
  /* What became of the taps that were kept: those that counted in one line a deed, each that was refused in its own. */
  const COUNTED = { in: "Checked in", out: "Checked out", back: "Back in", undo: "Taken back" };
  const report = () => {
    const settled = all().filter((tap) => tap.answer);
    const refused = settled.filter((tap) => !tap.answer.counts).map((tap) => [[tap], tap.answer, `${tap.name}, at ${tap.clock}: ${tap.answer.sentence}`]);
    const counted = Object.entries(COUNTED).map(([deed, word]) => {
      const those = settled.filter((tap) => tap.answer.counts && tap.deed === deed);
      return [those, { word, colour: "pine" }, `Kept here and sent now: ${those.map((tap) => tap.name).join(", ")}`];
    });
    answers.replaceChildren(...[...refused, ...counted].filter(([those]) => those.length).map(([those, answer, sentence]) => {
      const line = document.createElement("li");
      line.className = "door-answer";
      say(line, answer, sentence);
      if (answer.way_out) line.append(wayOut(answer));
      line.append(press("Got it", () => { those.forEach(drop); report(); field.focus(); }, `Got it: ${those.map((tap) => tap.name).join(", ")}`));
      return line;
    }));
    answers.hidden = !answers.children.length;
  };

  const tell = (answer, name) => {
    say(said, answer, name ? `${name}: ${answer.sentence}` : answer.sentence);
    if (answer.way_out) said.append(wayOut(answer));
    if (answer === STOPPED) said.append(press("Reload", () => location.reload()));
    said.hidden = false;
    clearTimeout(asleep);
    if (answer !== STOPPED) asleep = setTimeout(() => { said.hidden = true; }, ["checked_in", "already_in"].includes(answer.code) ? 5000 : 15000);
  };

  const online = (is) => {
    wait = is ? 0 : Math.min(30000, (wait || 1000) * 2);
    net.hidden = is && !taps.length;
    if (!is) {
      const waiting = taps.length ? ` ${taps.length === 1 ? "1 check-in is" : `${taps.length} check-ins are`} kept on this device and sent when it is back.` : " You can go on: check-ins are kept on this device.";
      net.textContent = `No connection.${waiting}`;
    } else if (taps.length) net.textContent = `Sending ${taps.length === 1 ? "1 check-in" : `${taps.length} check-ins`} …`;
    form.toggleAttribute("data-offline", !is);
  };

  const GONE = { code: "gone", word: "Gone", colour: "rose", sentence: "That could not be done. Reload the page to see how things stand." };
  const read = async (answer) => {
    const isData = (answer.headers.get("Content-Type") || "").includes("json");
    const told = isData ? await answer.json() : {};
    if (told.answer || answer.ok) return told;
    return { answer: told.detail ? { ...GONE, word: "No", sentence: told.detail } : GONE };
  };
  const sendAll = async () => {
    look();
    while (taps.length) {
      const [tap] = taps;
      const isLate = tap.waited || Date.now() - ahead - tap.at > LATE;
      const body = new URLSearchParams({ csrf_token: token, key: tap.key, desk: tap.desk });
      if (tap.id) body.set(tap.deed, tap.id); else body.set("code", tap.code);
      if (isLate) body.set("device_at", tap.at);
      let answer;
      try {
        answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000) });
        if (answer.status >= 500 || answer.status === 429) throw new Error("later");
      } catch {
        taps.filter((each) => !each.waited).forEach((each) => keep({ ...each, waited: true }));
        online(false);
        taps.forEach(pending);
        setTimeout(send, wait);
        break;
      }
      if (answer.redirected || answer.status === 400 || answer.status === 401) { /* signed out, or open for days: sent after a reload */
        tell(STOPPED);
        break;
      }
      const told = await read(answer);
      const name = told.name || tap.name;
      const final = { ...told.answer, id: told.id || tap.id };
      if (isLate) keep({ ...tap, name, answer: { ...final, counts: answer.ok } }); else drop(tap);
      online(true);
      row(final.id)?.removeAttribute("data-pending");
      take(told);
      if (isLate) report(); else if (told.answer) tell(final, name);
    }
  };
  const send = async () => {
    if (sending || !taps.length) return;
    sending = true;
    try { await alone(sendAll); } finally { sending = false; }
  };
  const add = (tap) => {
    const made = new Date();
    const name = (tap.id && row(tap.id)?.querySelector("strong").textContent) || "A code";
    const about = { name, clock: made.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }), desk: form.dataset.opened, at: made - ahead };
    const own = { ...tap, ...about, key: crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16)) };
    keep(own);
    pending(own);
    send();
  };

  /* Search and the three views work on what is here, with or without a network. */
  const isCode = (text) => /^https?:\/\/\S+\?\S*c=|^\S{60,}$/.test(text);
  const filter = () => {
    if (!list) return;
    const wanted = plain(field.value.trim());
    let seen = 0;
    for (const each of list.children) {
      const fits = (!shown || each.dataset.state === shown) && (!wanted || plain(each.querySelector("strong").textContent).includes(wanted));
      each.hidden = !fits;
      seen += fits;
    }
    none.hidden = seen > 0;
    const chosen = document.querySelector("[data-show][aria-pressed=true]");
    if (!seen) none.textContent = wanted ? "Nobody here is called that. Who comes without a booking is a walk-in." : chosen.dataset.nobody;
  };
  field.addEventListener("input", filter);
  /* What is typed beside the field goes into it: a keyboard scanner's Enter would press the button that was tapped last. */
  document.addEventListener("keydown", (event) => {
    const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isText || event.target.closest("input, textarea, select")) return;
    field.focus();
    field.select();
  });
  document.querySelectorAll("[data-show]").forEach((button) => button.addEventListener("click", () => {
    shown = button.dataset.show;
    document.querySelectorAll("[data-show]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    filter();
  }));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button && button.name in WAITING) {
      button.closest("li").removeAttribute("hidden");
      add({ deed: button.name, id: button.value });
      return;
    }
    const text = field.value.trim();
    if (!text) return;
    if (isCode(text)) { field.value = ""; filter(); add({ deed: "in", code: text }); return; }
    const rows = [...(list ? list.children : [])].filter((each) => !each.hidden);
    const only = rows.length === 1 && rows[0].querySelector("button[name=in]:not(:disabled)");
    if (only) { field.value = ""; filter(); add({ deed: "in", id: only.value }); }
  });

  /* The camera. */
  const camera = document.getElementById("door-camera");
  let end = null;
  const close = () => { end?.(); end = null; camera.hidden = true; };
  document.querySelector("[data-scan-end]").addEventListener("click", () => { close(); document.querySelector("[data-scan]").focus(); });
  document.querySelector("[data-scan]")?.addEventListener("click", async () => {
    if (end) { close(); return; }
    camera.hidden = false;
    try {
      end = await window.codes.read(camera.querySelector("video"), form.dataset.reader, (text) => add({ deed: "in", code: text }));
    } catch (problem) {
      close();
      tell({ code: "camera", word: "Camera", colour: "amber", sentence: problem.message });
    }
  });

  const poll = async () => {
    try {
      const answer = await fetch(`${form.dataset.now}?since=${at}`, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (answer.status === 200 && !answer.redirected) { tag = answer.headers.get("ETag") || ""; take(await answer.json()); }
      if (answer.status === 401 || answer.redirected) { tell(STOPPED); return; }
      if (answer.status < 500 && wait) { online(true); send(); }
    } catch { online(false); }
    setTimeout(poll, document.hidden ? 10000 : Math.max(POLL, wait));
  };
  document.addEventListener("click", (event) => { /* A link without a network would leave the desk for an error page. */
    const link = event.target.closest("a[href]");
    if (link && "walkIn" in link.dataset && field.value.trim()) { /* Whom they looked for is looked for there. */
      const address = new URL(link.href);
      address.searchParams.set("q", field.value.trim());
      link.href = address;
    }
    if (!link || (navigator.onLine && !wait)) return;
    event.preventDefault();
    tell(OFFLINE);
  });
  addEventListener("online", () => { wait = 0; send(); });
  let fresh = 0;
  addEventListener("storage", (event) => { /* Another tab of this desk kept, sent, or read something. */
    if (!event.key?.startsWith(store)) return;
    const had = taps.length;
    look();
    taps.forEach(pending);
    report();
    clearTimeout(fresh);
    if (taps.length < had) fresh = setTimeout(whole, 300);
  });
  look();
  report();
  taps.forEach(pending);
  filter();
  send();
  setTimeout(poll, POLL);
})();
