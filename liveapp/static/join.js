/* Counts down to a session's opening by the server's clock: the seconds left come with the page, and the browser only
   measures how much time went by. Without script the page asks again by itself. */
(() => {
  "use strict";
  const shown = document.querySelector("[data-countdown]");
  if (!shown) return;
  const ends = performance.now() + Number(shown.dataset.countdown) * 1000;
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    const days = Math.floor(left / 86400);
    const clock = `${two(Math.floor(left / 3600) % 24)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    shown.textContent = days ? `${days} ${days === 1 ? "day" : "days"} ${clock}` : clock;
    if (left === 0) {
      clearInterval(timer);
      location.reload();
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
})();
