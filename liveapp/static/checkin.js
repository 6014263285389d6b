/* Checking in: the button after a scan presses itself; the camera reads the door's code; the phone says where it is.
   Words are in the page (data-…), so that this file has none. */
(() => {
  "use strict";
  const GIVE_UP_MS = 15000, SETTLE_MS = 4000, GOOD_METRES = 40;

  const press = document.querySelector("form[data-press]");
  const came = performance.getEntriesByType("navigation")[0]?.type;
  if (press && came !== "back_forward") press.requestSubmit();
  addEventListener("pageshow", (event) => { if (event.persisted && press) location.reload(); });

  let end = null;
  const formOf = (node) => node.closest("form[data-arrive]");
  const tell = (form, words) => { form.querySelector("[data-said]").textContent = words; };
  const say = (form, name) => tell(form, name ? form.dataset[name] : "");
  const send = (form, values) => {
    Object.entries(values).forEach(([name, value]) => { form.elements[name].value = value; });
    form.submit();
  };

  const stop = (form) => {
    end?.();
    end = null;
    form.querySelector(".scanner").hidden = true;
  };
  const codeIn = (text) => {
    try {
      const address = new URL(text);
      return address.pathname === "/checkin" ? address.searchParams.get("t") : "";
    } catch { return ""; }
  };
  const scan = async (button) => {
    const form = formOf(button);
    stop(form);
    say(form, "pointing");
    form.querySelector(".scanner").hidden = false;
    try {
      end = await window.codes.read(form.querySelector("video"), button.dataset.scan, (text) => {
        const code = codeIn(text);
        if (!code) { say(form, "wrong"); return; }
        stop(form);
        send(form, { t: code });
      });
    } catch (problem) {
      stop(form);
      tell(form, `${problem.message} ${form.dataset.otherwise}`);
    }
  };

  const locate = (button) => {
    const form = formOf(button);
    if (!navigator.geolocation) { say(form, "unavailable"); return; }
    say(form, "looking");
    button.disabled = true;
    const began = performance.now();
    let best = null, watch = 0, timer = 0;
    const done = (name) => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      button.disabled = false;
      if (best) send(form, { latitude: best.latitude, longitude: best.longitude, accuracy: best.accuracy });
      else say(form, name);
    };
    watch = navigator.geolocation.watchPosition(({ coords }) => {
      if (!best || coords.accuracy < best.accuracy) best = coords;
      if (best.accuracy <= GOOD_METRES || performance.now() - began > SETTLE_MS) done();
    }, (error) => done({ 1: "denied", 2: "unavailable", 3: "late" }[error.code]), { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 0 });
    timer = setTimeout(() => done("late"), GIVE_UP_MS);
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-scan]")) scan(at("[data-scan]"));
    else if (at("[data-locate]")) locate(at("[data-locate]"));
    else if (at("[data-stop]")) { stop(formOf(event.target)); say(formOf(event.target), ""); }
  });
  document.addEventListener("visibilitychange", () => {
    const form = document.querySelector("form[data-arrive]");
    if (document.hidden && form && end) { stop(form); say(form, ""); }
  });
  document.addEventListener("htmx:confirm", (event) => { if (end && event.target.id === "check-in") event.preventDefault(); });
})();
