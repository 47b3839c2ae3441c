// Menus are <details data-menu>: arrow keys walk, Escape and a click elsewhere close, the summary gets the focus back.
const items = (menu) => [...menu.querySelectorAll(".menu :is(a[href], button:not(:disabled))")];

function close(menu, { focus = false } = {}) {
  menu.open = false;
  if (focus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const inside = menu.contains(event.target);
    if (!inside || event.target.closest(".menu :is(a, button)")) close(menu);
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu]")
    ?? (event.key === "Escape" && !document.querySelector("dialog:modal") && document.querySelector("details[data-menu][open]"));
  if (!menu) return;
  const all = items(menu);
  const here = all.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && menu.open) close(menu, { focus: true });
  else if (step && all.length) {
    menu.open = true;
    all[(here + step + all.length) % all.length].focus();
  } else if (event.key === "Home" && menu.open) all[0]?.focus();
  else if (event.key === "End" && menu.open) all.at(-1)?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
