"use strict";

// The wipe: one large picture, filled from the card that was chosen.
const viewer = document.querySelector(".viewer");
const cards = [...document.querySelectorAll(".shot")];

function choose(card) {
  cards.forEach((other) => other.classList.toggle("chosen", other === card));
  viewer.querySelector(".before").src = card.querySelector(".original img").src;
  viewer.querySelector(".after").src = card.querySelector(".result img").src;
  viewer.querySelector(".now").textContent = `${card.querySelector(".which").textContent}.`;
}

if (viewer) {
  const wipe = viewer.querySelector(".wipe");
  const stage = viewer.querySelector(".stage");
  wipe.addEventListener("input", () => stage.style.setProperty("--wipe", `${wipe.value}%`));
  cards.forEach((card) => card.addEventListener("click", () => choose(card)));
  window.addEventListener("hashchange", () => {
    const card = document.querySelector(location.hash || "#none");
    if (cards.includes(card)) choose(card);
  });
  viewer.hidden = false;
  choose(cards[0]);
}

// The readout: all plots show their value at the time under the pointer.
const plots = [...document.querySelectorAll(".plot")];

function point(share) {
  const bin = Math.max(0, Math.min(readout.frames.length - 1, Math.floor(share * readout.frames.length)));
  for (const plot of plots) {
    const value = readout.values[plot.dataset.name][bin];
    const cursor = plot.querySelector(".cursor");
    cursor.hidden = false;
    cursor.style.left = `${(100 * (bin + 0.5)) / readout.frames.length}%`;
    plot.querySelector("output").textContent =
      `${value ?? "–"} at frame ${readout.frames[bin]}, ${readout.times[bin].toFixed(2)} s`;
  }
}

for (const field of document.querySelectorAll(".field")) {
  const follow = (event) => {
    const box = field.getBoundingClientRect();
    point((event.clientX - box.left) / box.width);
  };
  field.addEventListener("pointermove", follow);
  field.addEventListener("pointerdown", follow);
}
