// Draw the interactive figures with the copy of plotly.js above; nothing is fetched.
for (const holder of document.querySelectorAll(".plot")) {
  const spec = JSON.parse(document.getElementById(holder.dataset.spec).textContent);
  const font = { family: "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif", size: 12, color: "#1f2733" };
  const axis = { gridcolor: "#eceff3", zerolinecolor: "#c3c9d2", linecolor: "#7b8494", automargin: true };
  const layout = Object.assign({
    font, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest", margin: { l: 64, r: 16, t: 48, b: 44 },
    legend: { orientation: "h", y: -0.2, x: 0 },
  }, spec.layout);
  layout.xaxis = Object.assign({}, axis, spec.layout.xaxis);
  layout.yaxis = Object.assign({}, axis, spec.layout.yaxis);
  Plotly.newPlot(holder, spec.data, layout, {
    responsive: true, displaylogo: false, modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  });
}
