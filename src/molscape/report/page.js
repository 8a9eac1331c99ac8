"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);

for (const [key, figure] of Object.entries(figures)) {
  Plotly.newPlot(key, figure.data, figure.layout, figure.config);
}

// Paper is narrower than the screen: fit each plot to its place before printing, and back.
function fit(width, share) {
  for (const key of Object.keys(figures)) {
    const place = document.getElementById(key);
    if (width === null) {
      Plotly.relayout(place, { width: null, height: null, autosize: true });
    } else {
      Plotly.relayout(place, { width: width, height: share * place.clientHeight });
    }
  }
}
window.addEventListener("beforeprint", () => fit(640, 0.75));
window.addEventListener("afterprint", () => fit(null, 1));
