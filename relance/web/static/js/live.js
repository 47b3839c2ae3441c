// News from the server: an EventSource that names topics; every [data-live~="topic"] fetches its fragment again.
// The element carries hx-get, hx-trigger="live" and a morphing hx-swap, so that what is being read does not move.
const meta = document.querySelector('meta[name="relance-live"]');
const LOST_AFTER = 10_000;
let source = null;
let lost = null;

const sheet = document.getElementById("main");
const held = new Set();

// What is being read never moves: under a reader who has scrolled, an element with data-live-hold waits for a click.
function tell(topic) {
  for (const element of document.querySelectorAll(`[data-live~="${CSS.escape(topic)}"]`)) {
    if (element.hasAttribute("data-live-hold") && isScrolled()) hold(element);
    else refresh(element);
  }
}

const refresh = (element) => element.dispatchEvent(new CustomEvent("live"));
const isScrolled = () => (sheet?.scrollTop ?? 0) > 80 || window.scrollY > 80;

function hold(element) {
  held.add(element.id);
  if (document.querySelector("[data-fresh]")) return;
  sheet.querySelector("[data-lost]").after(document.getElementById("fresh-model").content.cloneNode(true));
}

function release() {
  document.querySelector("[data-fresh]")?.remove();
  for (const id of held) refresh(document.getElementById(id));
  held.clear();
}

function backToTop() {
  sheet.scrollTo({ top: 0 });
  window.scrollTo({ top: 0 });
  sheet.focus({ preventScroll: true });
  release();
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
  if (missed) for (const element of document.querySelectorAll("[data-live]")) refresh(element);
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
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-lost-retry]")) connect();
    if (target.closest("[data-fresh]")) backToTop();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
