// The board of deals: a card that is dragged asks the server, and comes back if it says no. The card's menu does the same.
const board = document.getElementById("board");
const asks = document.getElementById("board-asks");
let moved = null;

const zones = () => document.querySelectorAll("[data-drop]");
const light = (zone) => zones().forEach((one) => one.classList.toggle("is-target", one === zone));

function count() {
  const sizes = [...document.querySelectorAll("[data-cards]")].map((zone) => `${zone.dataset.stage}:${zone.querySelectorAll(".deal").length}`);
  if (asks) asks.elements.shown.value = sizes.join(",");
}

function above(card) {
  const before = card.previousElementSibling;
  return before?.dataset.deal ?? "";
}

async function drop({ item, to, from, oldDraggableIndex, newDraggableIndex }) {
  light(null);
  if (to === from && oldDraggableIndex === newDraggableIndex) return;
  const back = () => from.insertBefore(item, from.querySelectorAll(".deal")[oldDraggableIndex] ?? from.querySelector(".more-cards"));
  const url = `/deals/${item.dataset.deal}/`;
  if (to.hasAttribute("data-asks")) {
    back();
    window.htmx.ajax("GET", `${url}move?dialog=1&board=1&stage=${to.dataset.stage}`, { target: "#dialog", swap: "innerHTML" });
    return;
  }
  const values = { ...Object.fromEntries(new FormData(asks)), stage: to.dataset.stage, seen: item.dataset.stage };
  values.above = to.hasAttribute("data-cards") ? above(item) : "";
  item.setAttribute("aria-busy", "true");
  item.undoMove = back;
  moved = null;
  await window.htmx.ajax("POST", `${url}moves`, { source: item, target: item, swap: "none", values });
  item.removeAttribute("aria-busy");
}

function failed({ detail }) {
  const card = detail.ctx?.sourceElement?.closest?.(".deal");
  card?.undoMove?.();
  card?.removeAttribute("aria-busy");
}

if (board && window.Sortable) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const zone of zones()) {
    new window.Sortable(zone, {
      group: { name: "deals", pull: zone.hasAttribute("data-cards"), put: true },
      sort: zone.hasAttribute("data-cards"),
      draggable: ".deal[data-movable]",
      filter: ".more, .more *",
      preventOnFilter: false,
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: 5,
      delay: 180,
      delayOnTouchOnly: true,
      animation: still ? 0 : 110,
      ghostClass: "ghosted",
      dragClass: "is-lifted",
      onMove: ({ to }) => light(to),
      onEnd: drop,
    });
  }
}

// After a move by the menu the focus follows the card; the toast says where it went.
document.addEventListener("submit", ({ target }) => {
  const card = target.closest(".deal");
  if (card) moved = card.id;
  if (target.hasAttribute("data-closes")) target.closest("dialog")?.close();
}, true);
document.addEventListener("htmx:after:settle", count);
document.addEventListener("htmx:finally:request", () => {
  count();
  if (!moved) return;
  document.getElementById(moved)?.querySelector("a")?.focus();
  moved = null;
});
document.addEventListener("htmx:response:error", failed);
document.addEventListener("htmx:error", failed);
count();
