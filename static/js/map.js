// The map of compounds: clustered points, areas below, popups built as nodes. No tiles needed.
"use strict";

(() => {
  const place = document.getElementById("map");
  if (!place || typeof L === "undefined") return;
  const words = JSON.parse(document.getElementById("map-words").textContent);
  const legends = JSON.parse(document.getElementById("map-legends").textContent);
  const status = document.getElementById("map-status");
  const toggle = document.querySelector("[data-map-toggle]");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const map = L.map(place, {
    maxZoom: 19, minZoom: 4, zoomAnimation: !still, fadeAnimation: false, attributionControl: false,
  });
  map.createPane("names").classList.add("names");
  map.setView([37.8, 112.56], 12);
  L.control.scale({ imperial: false }).addTo(map);
  if (place.dataset.tiles) L.tileLayer(place.dataset.tiles, { maxZoom: 19 }).addTo(map);

  const SVG = "http://www.w3.org/2000/svg";

  // A ring of the colours inside a cluster, with the number in its middle.
  function donut(markers, count) {
    const shares = new Map();
    for (const marker of markers) shares.set(marker.options.kind, (shares.get(marker.options.kind) || 0) + 1);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 42 42");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words.here.replace("%s", count));
    const disc = document.createElementNS(SVG, "circle");
    for (const [name, value] of [["cx", 21], ["cy", 21], ["r", 20], ["class", "disc"]]) disc.setAttribute(name, value);
    svg.append(disc);
    let from = 25;
    for (const [kind, number] of [...shares].sort()) {
      const share = (100 * number) / count;
      const arc = document.createElementNS(SVG, "circle");
      const values = { cx: 21, cy: 21, r: 15.9155, fill: "none", "stroke-width": 6, class: `arc ${kind}`, "stroke-dasharray": `${share} ${100 - share}`, "stroke-dashoffset": from };
      for (const [name, value] of Object.entries(values)) arc.setAttribute(name, value);
      svg.append(arc);
      from -= share;
    }
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", 21);
    text.setAttribute("y", 25.5);
    text.textContent = count;
    svg.append(text);
    return svg;
  }

  const clusters = L.markerClusterGroup({
    maxClusterRadius: 36, showCoverageOnHover: false, chunkedLoading: true, animate: !still,
    disableClusteringAtZoom: 16,
    iconCreateFunction: (cluster) => {
      const count = cluster.getChildCount();
      const size = count < 10 ? 34 : count < 100 ? 40 : 48;
      return L.divIcon({ html: donut(cluster.getAllChildMarkers(), count), className: "cluster", iconSize: [size, size] });
    },
  });
  clusters.on("clusterkeypress", (event) => {
    if (event.originalEvent.key === "Enter") event.layer.zoomToBounds({ padding: [20, 20] });
  });
  map.addLayer(clusters);

  let points = [];
  let by = "strategy";

  function popup(point) {
    const [, , code, name, strategy, state, households] = point;
    const box = document.createElement("div");
    const title = document.createElement("b");
    title.textContent = name;
    const facts = document.createElement("p");
    const said = [legends.strategy[strategy][3], legends.state[state][3]];
    if (strategy === legends.strategy.length - 1) said.shift();
    if (households !== null) said.push(`${households} ${words.households}`);
    facts.textContent = said.join(" · ");
    const link = document.createElement("a");
    link.href = place.dataset.dossier.replace("CODE", encodeURIComponent(code));
    link.textContent = words.open;
    box.append(title, facts, link);
    return box;
  }

  function draw() {
    clusters.clearLayers();
    const legend = legends[by];
    clusters.addLayers(points.map((point) => {
      const [, kind, mark, label] = legend[by === "strategy" ? point[4] : point[5]];
      const node = document.createElement("span");
      node.textContent = mark;
      const marker = L.marker([point[1], point[0]], {
        icon: L.divIcon({ html: node, className: `point ${kind}`, iconSize: [22, 22] }),
        kind, title: `${point[3]} · ${label}`, alt: `${point[3]} · ${label}`, keyboard: true,
      });
      marker.bindPopup(() => popup(point), { minWidth: 180 });
      return marker;
    }));
    for (const list of document.querySelectorAll("[data-legend]")) list.hidden = list.dataset.legend !== by;
  }

  function drawAreas(areas) {
    let bounds = null;
    for (const area of areas) {
      const layer = L.geoJSON({ type: "Feature", properties: {}, geometry: area.boundary }, {
        interactive: false,
        style: { className: area.level === 2 ? "area street" : "area community", fill: true, stroke: true },
      });
      layer.addTo(map);
      if (area.level === 2) {
        const box = layer.getBounds();
        bounds = bounds ? bounds.extend(box) : L.latLngBounds(box.getSouthWest(), box.getNorthEast());
        const name = document.createElement("span");
        name.textContent = area.name;
        L.marker(box.getCenter(), {
          icon: L.divIcon({ html: name, className: "area-name", iconSize: [90, 18] }),
          interactive: false, keyboard: false, pane: "names",
        }).addTo(map);
      }
    }
    return bounds;
  }

  toggle.addEventListener("change", (event) => { by = event.target.value; draw(); });

  fetch(place.dataset.url, { credentials: "same-origin", headers: { Accept: "application/json" } })
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
    .then((data) => {
      points = data.points;
      const areas = drawAreas(data.areas);
      draw();
      if (points.length) map.fitBounds(points.map((point) => [point[1], point[0]]), { padding: [24, 24], maxZoom: 16, animate: false });
      else if (areas) map.fitBounds(areas);
      status.textContent = points.length ? "" : words.empty;
      place.dataset.ready = "true";
    })
    .catch(() => { status.textContent = words.failed; });
})();
