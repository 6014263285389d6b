/* Live Sessions: what script adds. Every page works without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const year = 31536000;
  root.dataset.script = "";

  const cookie = (name) => {
    const pair = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return pair ? pair.slice(name.length + 1) : "";
  };
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
  };

  /* Light and dark: a cookie, so that the server draws the page right the first time. */
  const themeNow = () => root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const showTheme = () => document.querySelectorAll("[data-theme-switch]").forEach((button) => { button.dataset.now = themeNow(); });
  const switchTheme = () => {
    root.dataset.theme = themeNow() === "dark" ? "light" : "dark";
    remember("theme", root.dataset.theme);
    showTheme();
  };

  /* Time zone: said once by the browser, kept in a cookie, overruled by a choice. */
  const zone = () => { try { return Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch { return ""; } };
  const tellZone = () => {
    const here = zone();
    if (!here) return;
    if (!cookie("tz_chosen") && cookie("tz") !== here) remember("tz", here);
    const said = cookie("tz");
    document.querySelectorAll("[data-tz-field]").forEach((field) => { field.value = said; });
    const shown = root.dataset.tz;
    const asked = new URLSearchParams(location.search).has("tz");
    if (shown && said && shown !== said && !asked && sessionStorage.getItem("tz-told") !== said) {
      sessionStorage.setItem("tz-told", said);
      location.reload();
    }
  };
  const fillZones = (select) => {
    if (select.dataset.filled || !Intl.supportedValuesOf) return;
    select.dataset.filled = "";
    const known = new Set([...select.options].map((option) => option.value));
    Intl.supportedValuesOf("timeZone").filter((name) => !known.has(name))
      .forEach((name) => select.add(new Option(name.replaceAll("_", " "), name)));
  };

  /* One flash message, like the server's. */
  const say = (text, variant) => {
    const flash = document.getElementById("flash");
    if (!flash) return;
    const box = document.createElement("div");
    box.className = "alert";
    box.dataset.variant = variant;
    const words = document.createElement("strong");
    words.textContent = text;
    box.append(words);
    flash.replaceChildren(box);
    closable();
  };
  const closable = () => document.querySelectorAll("#flash > .alert:not(:has(> .alert-close))").forEach((box) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn alert-close";
    button.dataset.variant = "ghost";
    button.dataset.size = "icon-sm";
    button.setAttribute("aria-label", "Close this message");
    button.textContent = "×";
    button.addEventListener("click", () => box.remove());
    box.append(button);
    if (box.dataset.variant === "success") setTimeout(() => { if (!box.matches(":hover, :focus-within")) box.remove(); }, 10000);
  });

  /* A form is sent once: its buttons rest until the answer, or until the page is shown again. */
  const rest = (form, resting) => form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => {
    if (resting) { button.dataset.busy = ""; button.setAttribute("aria-disabled", "true"); }
    else if ("busy" in button.dataset) { delete button.dataset.busy; button.removeAttribute("aria-disabled"); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.matches("[hx-post], [hx-put], [hx-delete], [data-hx-post]")) {
      form.dataset.sent = "1";
      setTimeout(() => rest(form, true));
    }
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("form").forEach((form) => { delete form.dataset.sent; rest(form, false); });
  });
  const formOf = (event) => event.detail.elt && event.detail.elt.closest && event.detail.elt.closest("form");
  document.addEventListener("htmx:beforeRequest", (event) => { const form = formOf(event); if (form && event.detail.requestConfig.verb !== "get") rest(form, true); });
  document.addEventListener("htmx:afterRequest", (event) => { const form = formOf(event); if (form) rest(form, false); });

  /* What takes longer than a blink shows that it is on its way. */
  let waiting = 0;
  let timer = 0;
  const wait = () => { waiting += 1; if (waiting === 1) timer = setTimeout(() => { root.dataset.loading = ""; }, 300); };
  const arrive = () => { waiting = Math.max(0, waiting - 1); if (!waiting) { clearTimeout(timer); delete root.dataset.loading; } };
  document.addEventListener("htmx:beforeRequest", (event) => { if (!event.detail.elt.matches("[data-poll]")) wait(); });
  document.addEventListener("htmx:afterRequest", (event) => { if (!event.detail.elt.matches("[data-poll]")) arrive(); });
  /* A part that looks again by itself waits while somebody writes in it. */
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.querySelector("[data-editing]") && event.detail.elt.matches("[data-poll]")) event.preventDefault(); });
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) wait(); });
  addEventListener("pageshow", () => { waiting = 0; arrive(); });

  /* What went wrong on the way, with what to do. A whole error page is never put into a part of one. */
  document.addEventListener("htmx:sendError", () => say("No connection. What you typed is still here: try again when you are back online.", "destructive"));
  document.addEventListener("htmx:timeout", () => say("That took too long. Check the page before trying again.", "destructive"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || !/^\s*<!doctype/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    say(xhr.status >= 500 ? "Something broke on our side. Nothing was lost: try again in a moment."
      : xhr.status === 401 ? "You have been signed out. Reload the page and sign in again."
        : "That could not be done. Reload the page to see how things stand now.", "destructive");
  });

  /* After a swap the focus goes where the new thing wants it; else what had it has it again, or its row, or the part that changed. */
  const named = (control) => control.getAttribute("aria-label") || control.textContent.trim() || control.name;
  let left = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    const held = document.activeElement;
    if (held === document.body) return; // perhaps lost to a swap before, which has yet to settle and give it back
    left = target.id && target.contains(held) ? { part: target.id, name: named(held), row: held.closest("li[id]")?.id } : null;
  });
  const giveBack = () => {
    const { name, row } = left || {};
    const part = left && document.activeElement === document.body && document.getElementById(left.part);
    left = null;
    if (!part) return;
    const same = [...part.querySelectorAll("a[href], button, summary, input, select, textarea")].find((control) => named(control) === name)
      || (row !== part.id && document.getElementById(row)?.querySelector("a[href], button, summary"));
    if (!same && !part.hasAttribute("tabindex")) part.tabIndex = -1;
    (same || part).focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    const wanted = target.matches("[data-focus]") ? target : target.querySelector("[data-focus]");
    if (wanted) { if (!wanted.hasAttribute("tabindex")) wanted.tabIndex = -1; wanted.focus(); left = null; } else giveBack();
    showTheme();
    closable();
  });

  const copy = async (button) => {
    const field = button.closest("[data-copy]").querySelector("input");
    const words = button.querySelector("span");
    const before = words.textContent;
    try { await navigator.clipboard.writeText(field.value); } catch { field.select(); document.execCommand("copy"); }
    words.textContent = "Copied";
    say("Copied.", "success");
    setTimeout(() => { words.textContent = before; }, 2000);
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-theme-switch]")) switchTheme();
    else if (at("[data-copy-button]")) copy(at("[data-copy-button]"));
    else if (at("[data-print]")) print();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-tz-form] select")) fillZones(event.target); });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tz-form] select")) return;
    remember("tz", event.target.value);
    remember("tz_chosen", "1");
    event.target.form.requestSubmit();
  });

  /* Of tabs too many for a phone, the current one is in sight. */
  const showTab = () => document.querySelector(".tab-links > [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const ready = () => { showTheme(); showTab(); closable(); tellZone(); document.querySelector("[data-focus]")?.focus(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready); else ready();
})();
