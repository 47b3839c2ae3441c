// The preview beside a list. A row's link with data-drawer-href opens it; J and K go on through the list (keys.js).
// The address of the record stays in the link itself, so that it works without script and in a new tab.
let current = null;

export const links = () => [...document.querySelectorAll("[data-drawer-href]")];
export const isOpen = () => Boolean(document.querySelector("#drawer dialog[open]"));

export function show(link) {
  if (!link) return;
  current?.closest("tr, .item")?.classList.remove("is-current");
  current = link;
  link.closest("tr, .item")?.classList.add("is-current");
  window.htmx.ajax("GET", link.dataset.drawerHref, { target: "#drawer", swap: "innerHTML" });
}

export function step(by) {
  const all = links();
  const here = all.findIndex((link) => link.dataset.drawerHref === current?.dataset.drawerHref);
  show(all[Math.min(Math.max(here + by, 0), all.length - 1)]);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-drawer-href]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    show(link);
  }
  const move = event.target.closest("[data-drawer-step]");
  if (move) step(Number(move.dataset.drawerStep));
});

document.addEventListener("htmx:after:settle", ({ target }) => {
  const dialog = target.id === "drawer" && target.querySelector("dialog");
  if (dialog && !dialog.open) dialog.showModal();
});

document.addEventListener("close", ({ target }) => {
  if (target.parentElement?.id !== "drawer") return;
  const link = links().find((one) => one.dataset.drawerHref === current?.dataset.drawerHref);
  link?.focus();
}, true);
