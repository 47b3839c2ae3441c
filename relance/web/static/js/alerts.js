// An alert as a notification of the system, where this browser was allowed to; the profile has the button that asks.
const seen = new WeakSet();

function notify() {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  for (const toast of document.querySelectorAll("[data-alert]")) {
    if (seen.has(toast)) continue;
    seen.add(toast);
    const note = new Notification(toast.querySelector("[data-alert-words]").textContent, { tag: toast.querySelector("a").href, icon: "/static/brand/mark.svg" });
    note.addEventListener("click", () => { window.focus(); location.assign(note.tag); });
  }
}
document.addEventListener("htmx:after:settle", notify);
new MutationObserver(notify).observe(document.getElementById("toasts"), { childList: true });

const asking = document.querySelector("[data-notify]");
if (asking && "Notification" in window) {
  const show = () => {
    asking.hidden = Notification.permission !== "default";
    document.querySelector("[data-notify-on]").hidden = Notification.permission !== "granted";
    document.querySelector("[data-notify-off]").hidden = Notification.permission !== "denied";
  };
  asking.addEventListener("click", async () => { await Notification.requestPermission(); show(); });
  show();
}
