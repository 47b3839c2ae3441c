// Ticking rows in <form data-select>: Shift extends, the head box ticks the page, the bar offers all results.
// The form sends `ids` for ticked rows, and `all=1` when all results were chosen.
const boxes = (form) => [...form.querySelectorAll('tbody input[type="checkbox"][name="ids"]')];
let last = null;

function refresh(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked);
  const bar = form.querySelector("[data-bulkbar]");
  const everything = form.querySelector("[data-all]");
  if (everything && ticked.length < all.length) everything.value = "";
  for (const box of all) box.closest("tr").toggleAttribute("aria-selected", false);
  for (const box of ticked) box.closest("tr").setAttribute("aria-selected", "true");
  const head = form.querySelector("[data-select-page]");
  if (head) {
    head.checked = all.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  if (!bar) return;
  bar.hidden = ticked.length === 0;
  const total = bar.querySelector("[data-select-everything]")?.dataset.total;
  const count = everything?.value ? total : new Intl.NumberFormat(document.documentElement.lang).format(ticked.length);
  for (const act of bar.querySelectorAll("[data-for-one]")) act.hidden = ticked.length !== 1;
  bar.querySelector("[data-selected]").textContent = count;
  for (const word of bar.querySelectorAll("[data-one]")) word.textContent = ticked.length === 1 ? word.dataset.one : word.dataset.many;
  bar.querySelector("[data-select-everything]")?.setAttribute("aria-pressed", String(Boolean(everything?.value)));
}

function tick(form, checked) {
  for (const box of boxes(form)) box.checked = checked;
  refresh(form);
}

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-select]");
  if (!form) return;
  const box = event.target.closest('input[name="ids"]');
  if (box) {
    const all = boxes(form);
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    refresh(form);
  } else if (event.target.closest("[data-select-all-page]")) tick(form, true);
  else if (event.target.closest("[data-select-none]")) {
    tick(form, false);
    form.querySelector("[data-select-page]")?.focus();
  } else if (event.target.closest("[data-select-everything]")) {
    form.querySelector("[data-all]").value = "1";
    tick(form, true);
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("form[data-select] [data-select-page]")) tick(target.form, target.checked);
});

function refreshAll() {
  for (const form of document.querySelectorAll("form[data-select]")) refresh(form);
}
document.addEventListener("htmx:after:settle", refreshAll);
refreshAll();
