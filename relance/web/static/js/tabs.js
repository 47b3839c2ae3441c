// Where the tabs are wider than the screen, the one that is open is in sight.
const MARGIN = 16;

function show() {
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const wide = [tab.closest(".tabs"), tab.closest(".pagebar")].find((bar) => bar && bar.scrollWidth > bar.clientWidth);
    if (wide) wide.scrollLeft += tab.getBoundingClientRect().left - wide.getBoundingClientRect().left - MARGIN;
  }
}
show();
document.addEventListener("htmx:after:settle", show);
