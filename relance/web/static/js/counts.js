// How much waits in the places of the side bar. Kept for the next page, so that nothing jumps; asked for again on each
// page, when an alert comes, and when one comes back to this tab.
const place = document.getElementById("counts");
const key = `relance-counts-${place?.dataset.whose}`;

function paint(counts) {
  for (const [name, { count, told }] of Object.entries(counts)) {
    for (const link of document.querySelectorAll(`[data-counted="${CSS.escape(name)}"]`)) {
      link.querySelector(".count")?.remove();
      if (!count) continue;
      const number = document.createElement("span");
      number.className = name === "today" ? "count num hot" : "count num";
      number.textContent = told;
      link.append(number);
    }
  }
}

async function ask() {
  try {
    const answer = await fetch(place.dataset.counts, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const counts = await answer.json();
    sessionStorage.setItem(key, JSON.stringify(counts));
    paint(counts);
  } catch {
    // The net is away: the numbers stay as they were.
  }
}

if (place) {
  paint(JSON.parse(sessionStorage.getItem(key) ?? "{}"));
  place.addEventListener("live", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  ask();
}
