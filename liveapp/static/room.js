/* The screen in the room: arrows turn pages, page keys go through a long one first, and the time left counts down from what the server said. */
(() => {
  "use strict";
  const keys = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" };
  const more = document.getElementById("more");
  const below = () => document.documentElement.scrollHeight - innerHeight - scrollY;
  const look = () => { more.hidden = below() < 8; };
  addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  addEventListener("load", look);

  document.addEventListener("keydown", (event) => {
    if ((event.key === "PageDown" && below() > 8) || (event.key === "PageUp" && scrollY > 8)) return;
    const link = !event.altKey && !event.ctrlKey && !event.metaKey && keys[event.key] && document.querySelector(`a[rel=${keys[event.key]}]`);
    if (!link) return;
    event.preventDefault();
    location.replace(link.href);
  });

  const left = document.querySelector(".room-left");
  const opened = performance.now();
  const long = (seconds) => {
    const minutes = Math.ceil(seconds / 60);
    const hours = Math.floor(minutes / 60);
    return [hours ? `${hours} h` : "", minutes % 60 || !hours ? `${minutes % 60} min` : ""].filter(Boolean).join(" ");
  };
  const show = () => {
    const passed = (performance.now() - opened) / 1000;
    const start = Number(left.dataset.toStart) - passed;
    const end = Number(left.dataset.toEnd) - passed;
    left.textContent = start > 12 * 3600 ? "" : start > 0 ? `Starts in ${long(start)}` : end > 0 ? `${long(end)} left` : "Time is up";
  };
  show();
  setInterval(show, 1000);

  const stayAwake = () => { if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
})();
