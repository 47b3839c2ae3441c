// What was just done stays for eight seconds, longer while it is hovered or holds the focus; the last one wins.
const LIFE = 8000;
const timers = new WeakMap();

function start(toast) {
  stop(toast);
  timers.set(toast, setTimeout(() => toast.remove(), LIFE));
}

function stop(toast) {
  clearTimeout(timers.get(toast));
}

function welcome() {
  const toasts = [...document.querySelectorAll("#toasts [data-toast]")];
  for (const old of toasts.slice(0, -1)) old.remove();
  const toast = toasts.at(-1);
  if (!toast || timers.has(toast)) return;
  toast.addEventListener("pointerenter", () => stop(toast));
  toast.addEventListener("pointerleave", () => start(toast));
  toast.addEventListener("focusin", () => stop(toast));
  toast.addEventListener("focusout", () => start(toast));
  start(toast);
}

export function undo() {
  const button = document.querySelector("#toasts [data-undo] button");
  button?.click();
  return Boolean(button);
}

export function say(text) {
  const toast = document.getElementById("toast-model").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  document.getElementById("toasts").replaceChildren(toast);
  welcome();
}

document.addEventListener("click", ({ target }) => target.closest("[data-toast-close]")?.closest("[data-toast]").remove());
document.addEventListener("htmx:after:settle", welcome);
welcome();
