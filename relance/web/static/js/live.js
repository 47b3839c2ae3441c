// News from the server: an EventSource that names topics; every [data-live~="topic"] fetches its fragment again.
// The element carries hx-get, hx-trigger="live" and a morphing hx-swap, so that what is being read does not move.
const meta = document.querySelector('meta[name="relance-live"]');
const LOST_AFTER = 10_000;
let source = null;
let lost = null;

function tell(topic) {
  for (const element of document.querySelectorAll(`[data-live~="${CSS.escape(topic)}"]`)) {
    element.dispatchEvent(new CustomEvent("live", { detail: { topic } }));
  }
}

function heard({ data }) {
  const said = JSON.parse(data);
  for (const topic of said.topics ?? [said.topic]) tell(topic);
}

function back() {
  const missed = lost?.shown;
  clearTimeout(lost?.timer);
  lost = null;
  document.querySelector("[data-lost] > .banner")?.remove();
  if (missed) for (const element of document.querySelectorAll("[data-live]")) element.dispatchEvent(new CustomEvent("live"));
}

function away() {
  lost ??= { shown: false, timer: setTimeout(warn, LOST_AFTER) };
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, LOST_AFTER);
}

function warn() {
  lost.shown = true;
  const place = document.querySelector("[data-lost]");
  if (place && !place.querySelector(".banner")) place.append(place.querySelector("template").content.cloneNode(true));
}

function connect() {
  source?.close();
  source = new EventSource(`${meta.content}?${new URLSearchParams({ ticket: meta.dataset.ticket })}`);
  source.addEventListener("open", back);
  source.addEventListener("error", away);
  source.addEventListener("message", heard);
}

if (meta) {
  connect();
  document.addEventListener("click", ({ target }) => { if (target.closest("[data-lost-retry]")) connect(); });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
