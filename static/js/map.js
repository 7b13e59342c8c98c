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

  const names = [];
  let markers = [];

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
    disableClusteringAtZoom: 16, chunkProgress: (done, all) => { if (done === all) showNames(); },
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
    markers = points.map((point) => {
      const [, kind, mark, label] = legend[by === "strategy" ? point[4] : point[5]];
      const node = document.createElement("span");
      node.textContent = mark;
      const marker = L.marker([point[1], point[0]], {
        icon: L.divIcon({ html: node, className: `point ${kind}`, iconSize: [22, 22] }),
        kind, title: `${point[3]} · ${label}`, alt: `${point[3]} · ${label}`, keyboard: true,
      });
      marker.bindPopup(() => popup(point), { minWidth: 180 });
      return marker;
    });
    clusters.addLayers(markers);
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
      }
      const kind = area.boundary.type === "MultiPolygon" ? area.boundary.coordinates : [area.boundary.coordinates];
      names.push({
        level: area.level, length: area.name.length, box: layer.getBounds(), rings: kind.map((polygon) => polygon[0]),
        marker: nameOf(area, layer.getBounds()),
      });
    }
    map.on("zoomend", showNames);
    return bounds;
  }

  function nameOf(area, box) {
    const name = document.createElement("span");
    name.textContent = area.name;
    return L.marker(box.getCenter(), {
      icon: L.divIcon({ html: name, className: `area-name ${area.level === 2 ? "street" : "community"}`, iconSize: [120, 18] }),
      interactive: false, keyboard: false, pane: "names",
    });
  }

  // A name is shown where its area is wide enough to carry it: streets give way to communities.
  function showNames() {
    const communities = names.filter((one) => one.level === 3);
    const roomy = (one) => pixels(one.box.getNorthEast()).x - pixels(one.box.getSouthWest()).x > 14 * one.length;
    const close = communities.length > 0 && communities.filter(roomy).length * 2 > communities.length;
    const shown = names.filter((one) => (one.level === 3 ? close && roomy(one) : !close));
    const taken = [...new Set(markers.map((marker) => clusters.getVisibleParent(marker)))].filter(Boolean).map((marker) => pixels(marker.getLatLng()));
    for (const one of names) if (!shown.includes(one)) one.marker.remove();
    for (const one of shown) {
      const [spot, room] = freeSpot(one, taken);
      // A name may touch a ring, but never the number in its middle.
      if (room < 1) { one.marker.remove(); continue; }
      taken.push(spot);
      one.marker.setLatLng(map.layerPointToLatLng(spot)).addTo(map);
    }
  }

  function pixels(place) {
    return map.latLngToLayerPoint(place);
  }

  function isInside(rings, x, y) {
    return rings.some((ring) => {
      let inside = false;
      for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
        const [a, b] = [ring[at], ring[last]];
        if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
      }
      return inside;
    });
  }

  // The place inside an area where its name meets the fewest points, near the middle if it may be.
  function freeSpot(one, taken) {
    const [low, high, middle] = [pixels(one.box.getSouthWest()), pixels(one.box.getNorthEast()), pixels(one.box.getCenter())];
    const rings = one.rings.map((ring) => ring.map(([x, y]) => pixels([y, x])));
    const half = 6 * one.length;
    const from = one.level === 2 ? -2 : 1;
    const gap = (spot, across, down) => Math.min(1, ...taken.map((point) => Math.max(Math.abs(point.x - spot.x) / (half + across), Math.abs(point.y - spot.y) / down)));
    let best = [middle, 0];
    let most = -Infinity;
    for (let row = from; row <= 12 - from; row++) {
      for (let column = from; column <= 12 - from; column++) {
        const spot = L.point(low.x + ((high.x - low.x) * column) / 12, high.y + ((low.y - high.y) * row) / 12);
        const inside = [-half, 0, half].filter((shift) => isInside(rings, spot.x + shift, spot.y)).length;
        const room = gap(spot, 11, 16);
        const away = Math.hypot(spot.x - middle.x, spot.y - middle.y) / (1 + Math.hypot(high.x - low.x, high.y - low.y));
        const score = 2 * room + gap(spot, 22, 30) / 2 + inside / 4 - away / 4;
        if (score > most) [best, most] = [[spot, room], score];
      }
    }
    return best;
  }

  // Grids: outlines that are loaded when somebody first asks for them.
  const gridsBox = document.getElementById("grids");
  const gridsLayer = L.layerGroup();
  let gridsAsked = false;

  function gridPopup(grid) {
    const box = document.createElement("div");
    const title = document.createElement("b");
    title.textContent = grid.name;
    const facts = document.createElement("p");
    const count = grid.households === null ? [] : [`${grid.households} ${words.households}`];
    facts.textContent = [...count, grid.words].join(" · ");
    const link = document.createElement("a");
    link.href = grid.url;
    link.textContent = words.open_grid;
    box.append(title, facts, link);
    return box;
  }

  function drawGrids(grids) {
    for (const grid of grids) {
      const layer = L.geoJSON({ type: "Feature", properties: {}, geometry: grid.boundary }, {
        style: { className: `grid ${grid.finding}`, fill: true, stroke: true },
      });
      layer.bindPopup(() => gridPopup(grid), { minWidth: 180 });
      gridsLayer.addLayer(layer);
    }
    if (!grids.length) status.textContent = words.no_grids;
  }

  function showGrids() {
    const legend = document.querySelector("[data-grids-legend]");
    legend.hidden = !gridsBox.checked;
    if (!gridsBox.checked) { gridsLayer.remove(); return; }
    gridsLayer.addTo(map);
    if (gridsAsked) return;
    gridsAsked = true;
    fetch(place.dataset.grids, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
      .then((data) => { drawGrids(data.grids); place.dataset.gridsReady = "true"; })
      .catch(() => { gridsAsked = false; status.textContent = words.failed; });
  }

  if (gridsBox) {
    gridsBox.closest("[data-grids-toggle]").hidden = false;
    gridsBox.addEventListener("change", showGrids);
    if (window.location.hash === "#grids") { gridsBox.checked = true; showGrids(); }
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
      showNames();
      status.textContent = points.length ? "" : words.empty;
      place.dataset.ready = "true";
    })
    .catch(() => { status.textContent = words.failed; });
})();
