"use strict";
/* The moving figure: drawn from the numbers in the page, again whenever the slider, the view or the width changes. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const holder = document.getElementById("budget");
  const stage = document.getElementById("stage");
  if (!holder || !stage) return;
  const data = JSON.parse(holder.textContent);
  const state = { t: data.start, view: 0, spots: [], at: -1 };

  function make(name, attributes, parent, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }
  function html(name, className, parent, text) {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }
  const known = (value) => value !== null && value !== undefined;
  function short(value) {
    for (const [unit, name] of [[1e6, "M"], [1e3, "k"]]) if (Math.abs(value) >= unit) return +(value / unit).toPrecision(6) + name;
    return String(+value.toPrecision(4));
  }
  const digits = (value) => (Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(3) : value.toExponential(2));

  /* Markers as matplotlib names them, around the origin. */
  const CORNERS = { s: [4, 45], D: [4, 0], "^": [3, -90], v: [3, 90], "<": [3, 180], ">": [3, 0], p: [5, -90], h: [6, -90] };
  function markerPath(kind, radius) {
    let corners;
    if (kind in CORNERS) {
      const [count, turn] = CORNERS[kind];
      corners = Array.from({ length: count }, (_, i) => [1.25, turn + (360 * i) / count]);
    } else if (kind === "*") {
      corners = Array.from({ length: 10 }, (_, i) => [i % 2 ? 0.55 : 1.4, -90 + 36 * i]);
    } else if (kind === "P" || kind === "X") {
      const turn = kind === "X" ? 45 : 0;
      corners = [0, 90, 180, 270].flatMap((side) => [[1.25, side - 22], [1.25, side + 22], [0.6, side + 45]]).map(([r, a]) => [r, a + turn]);
    } else {
      return `M${-radius} 0a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
    }
    const points = corners.map(([r, angle]) => {
      const turn = (angle * Math.PI) / 180;
      return `${(radius * r * Math.cos(turn)).toFixed(2)} ${(radius * r * Math.sin(turn)).toFixed(2)}`;
    });
    return `M${points.join("L")}Z`;
  }

  /* The range of everything at every T, so that the axes stand still while the curves move. */
  function range(view) {
    const found = [];
    for (const rows of view.predicted) for (const row of rows) if (row) found.push(...row.filter(known));
    for (const kind of [view.measured, view.published])
      for (const rows of kind) for (const row of rows) if (row) for (const mark of row) if (mark) found.push(...mark.filter(known));
    if (!found.length) return view.y.log ? [0.1, 1] : [0, 1];
    let low = found.reduce((a, b) => Math.min(a, b)), high = found.reduce((a, b) => Math.max(a, b));
    if (view.y.log) return low < high ? [low / 1.1, high * 1.1] : [low / 2, high * 2];
    low = Math.min(low, 0);
    const room = 0.05 * (high - low || 1);
    return [low < 0 ? low - room : 0, high + room];
  }
  function ticks(low, high, log) {
    if (!log) {
      const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
      const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
      const first = Math.ceil(low / step - 1e-9);
      return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
    }
    const decades = Math.log10(high / low), found = [];
    for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++)
      for (const m of decades < 1 ? [1, 2, 3, 4, 6] : decades < 3 ? [1, 2, 5] : [1]) {
        const value = +(m * 10 ** p).toPrecision(3);
        if (value >= low && value <= high) found.push(value);
      }
    return found;
  }

  function draw() {
    const view = data.views[state.view], t = state.t, steps = data.steps[t];
    const width = Math.max(300, Math.min(820, canvas.clientWidth)), narrow = width < 520;
    const svg = make("svg", { role: "img", tabindex: 0, "font-family": "system-ui, sans-serif", "font-size": narrow ? 11 : 12.5, color: "currentColor" });
    const title = `${view.title}, T = ${steps} steps`;
    svg.setAttribute("aria-label", `${view.name}: ${title}. Arrow keys go through the values.`);
    canvas.replaceChildren(svg); // in the page before text is measured
    const right = width - 14, left = narrow ? 46 : 58;
    make("text", { x: left, y: 15, fill: "currentColor", "font-weight": 600 }, svg, title);
    let top = legend(svg, view, left, right, 36) + 14;
    const bottom = top + Math.round(narrow ? 250 : width * 0.42);
    svg.setAttribute("viewBox", `0 0 ${width} ${bottom + 46}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", bottom + 46);

    const xs = view.x.values, across = view.x.log ? Math.log : (v) => v;
    const lowest = across(Math.min(...xs)), highest = across(Math.max(...xs));
    const pitch = xs.length > 1 ? Math.min(...xs.slice(1).map((v, i) => Math.abs(across(v) - across(xs[i])))) : 1;
    const margin = view.x.log ? 0.04 * (highest - lowest) || 0.5 : 0.5 * pitch;
    const px = (v) => left + ((across(v) - lowest + margin) / (highest - lowest + 2 * margin)) * (right - left);
    const [low, high] = range(view), up = view.y.log ? Math.log : (v) => v;
    const py = (v) => bottom - ((up(v) - up(low)) / (up(high) - up(low))) * (bottom - top);

    const grid = make("g", { stroke: "currentColor", "stroke-opacity": 0.13 }, svg);
    const names = make("g", { fill: "currentColor" }, svg);
    for (const value of ticks(low, high, view.y.log)) {
      make("line", { x1: left, x2: right, y1: py(value), y2: py(value) }, grid);
      make("text", { x: left - 7, y: py(value) + 4, "text-anchor": "end" }, names, String(+value.toPrecision(3)));
    }
    let last = -Infinity;
    for (const value of xs) {
      if (px(value) - last < 40) continue;
      last = px(value);
      make("line", { x1: last, x2: last, y1: top, y2: bottom }, grid);
      make("text", { x: last, y: bottom + 17, "text-anchor": "middle" }, names, short(value));
    }
    make("path", { d: `M${left} ${top}V${bottom}H${right}`, fill: "none", stroke: "currentColor" }, svg);
    make("text", { x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle", fill: "currentColor" }, svg, view.x.label);
    make("text", { x: 0, y: 0, transform: `translate(${narrow ? 11 : 14} ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", fill: "currentColor" }, svg, view.y.label);

    state.spots = [];
    state.at = -1;
    const unit = (px(across === Math.log ? Math.exp(lowest + pitch) : lowest + pitch) - px(xs[0])) || 60;
    const apart = view.x.log ? 0 : Math.min((0.62 * Math.abs(unit)) / data.optimizers.length, 18);
    const place = (o, i) => px(xs[i]) + (o - (data.optimizers.length - 1) / 2) * apart;
    const spot = (x, y, text) => state.spots.push({ x, y, text });
    const where = (i) => `${view.x.log ? "N" : "s"} = ${xs[i]}`;
    data.optimizers.forEach((optimizer, o) => {
      const row = view.predicted[o][t] || [], colour = optimizer.colour;
      const line = xs.map((x, i) => [px(x), row[i], i]).filter((point) => known(point[1]));
      if (line.length)
        make("path", { class: "predicted", "data-optimizer": optimizer.name, d: "M" + line.map(([x, y]) => `${x.toFixed(1)} ${py(y).toFixed(2)}`).join("L") + (line.length > 1 ? "" : "h0.01"), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": "7 4", "stroke-dashoffset": 5.5 * o }, svg); // shifted, so that of two equal curves both show
      for (const [x, y, i] of line) spot(x, py(y), `${optimizer.name}, ${where(i)}: predicted ${digits(y)}`);
    });
    data.optimizers.forEach((optimizer, o) => {
      const colour = optimizer.colour;
      for (const [kind, rows, shift] of [["published", view.published, 0.22 * apart], ["measured", view.measured, 0]]) {
        const row = rows[o][t];
        if (row) row.forEach((mark, i) => {
          if (!mark) return;
          const [value, from, to] = mark, x = place(o, i) + shift, y = py(value), solid = kind === "measured";
          if (known(from) && known(to)) make("line", { class: kind, x1: x, x2: x, y1: py(Math.max(from, view.y.log ? low : from)), y2: py(to), stroke: colour, "stroke-width": solid ? 3 : 1.2, "stroke-opacity": solid ? 0.55 : 0.9 }, svg);
          make("path", { class: kind, d: markerPath(optimizer.marker, solid ? 4 : 5.5), transform: `translate(${x.toFixed(1)} ${y.toFixed(2)})`, fill: solid ? colour : "none", stroke: colour, "stroke-width": 1.4 }, svg);
          const reach = known(from) && known(to) ? ` [${digits(from)}, ${digits(to)}]` : "";
          spot(x, y, `${optimizer.name}, ${where(i)}: ${kind} ${digits(value)}${reach}`);
        });
      }
    });
    state.spots.sort((a, b) => a.x - b.x || a.y - b.y);
    listen(svg);
    tell(view, t, steps);
  }

  function legend(svg, view, left, right, y) {
    const any = (rows) => rows.some((row) => row.some((marks) => marks && marks.some(known)));
    const keys = data.optimizers.map((o) => [o.name, o.colour, o.marker, "both"]);
    if (any(view.measured)) keys.push([`measured (bar: ${view.band})`, "currentColor", "o", "solid"]);
    if (any(view.predicted)) keys.push(["predicted", "currentColor", "", "dashed"]);
    if (any(view.published)) keys.push(["published", "currentColor", "o", "hollow"]);
    let x = left;
    for (const [name, colour, marker, look] of keys) {
      const group = make("g", {}, svg);
      if (look === "both" || look === "dashed") make("path", { d: "M0 0h22", fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": look === "dashed" ? "7 4" : "none" }, group);
      if (marker) make("path", { d: markerPath(marker, 4), transform: "translate(11 0)", fill: look === "hollow" ? "none" : colour, stroke: colour, "stroke-width": 1.4 }, group);
      const text = make("text", { x: 28, y: 4, fill: "currentColor" }, group, name);
      const room = 28 + text.getComputedTextLength() + 16;
      if (x > left && x + room - 16 > right) [x, y] = [left, y + 19];
      group.setAttribute("transform", `translate(${x.toFixed(1)} ${y})`);
      x += room;
    }
    return y;
  }

  /* One sentence on the gap, and whether the run has this T. */
  function tell(view, t, steps) {
    const gap = view.gap, measured = data.optimizers.some((_, o) => view.measured[o][t]);
    const told = [];
    if (gap && known(gap.predicted[t])) told.push(`predicted ${digits(gap.predicted[t])}`);
    if (gap && gap.measured[t]) {
      const [value, low, high] = gap.measured[t];
      told.push(`measured ${digits(value)}` + (known(low) ? ` [${digits(low)}, ${digits(high)}]` : ""));
    }
    const place = gap && known(gap.s) ? `At s = ${gap.s}, ` : "";
    const difference = told.length ? `${place}alpha(${gap.optimizer}) - alpha(${gap.baseline}) is ${told.join(", ")}. ` : "";
    readout.textContent = difference + (measured ? "The run measured this T." : "The run has no such T: predicted only.");
    label.textContent = `T = ${steps.toLocaleString("en")} steps`;
    slider.setAttribute("aria-valuetext", `${steps} steps`);
  }

  function show(index) {
    const svg = canvas.querySelector("svg"), spot = state.spots[index];
    svg.querySelector(".ring")?.remove();
    state.at = index;
    tip.hidden = !spot;
    if (!spot) return;
    make("circle", { class: "ring", cx: spot.x, cy: spot.y, r: 9, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }, svg);
    // marks that lie on one another are told together
    const here = state.spots.filter((other) => other !== spot && Math.hypot(other.x - spot.x, other.y - spot.y) < 6);
    tip.textContent = [spot, ...here].map((each) => each.text).join("\n");
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const free = canvas.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(spot.x * scale - tip.offsetWidth / 2, free))}px`;
    tip.style.top = `${spot.y * scale - tip.offsetHeight - 14 + canvas.offsetTop}px`;
  }
  function listen(svg) {
    const near = (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      const far = state.spots.map((spot) => Math.hypot(spot.x - x, spot.y - y));
      const best = far.indexOf(Math.min(...far));
      show(far[best] < 30 ? best : -1);
    };
    svg.addEventListener("pointermove", near);
    svg.addEventListener("pointerdown", near);
    svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && show(-1));
    svg.addEventListener("blur", () => show(-1));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") show(-1);
      if (!step || !state.spots.length) return;
      event.preventDefault();
      show(state.at < 0 ? (step > 0 ? 0 : state.spots.length - 1) : (state.at + step + state.spots.length) % state.spots.length);
    });
  }

  const bar = html("div", "controls", stage);
  const label = html("label", "budget", bar);
  label.htmlFor = "training-budget";
  const slider = html("input", "", bar);
  Object.assign(slider, { id: "training-budget", type: "range", min: 0, max: data.steps.length - 1, step: 1, value: state.t });
  slider.addEventListener("input", () => { state.t = +slider.value; draw(); });
  if (data.views.length > 1) {
    const choice = html("select", "", bar);
    choice.setAttribute("aria-label", "what is drawn");
    data.views.forEach((view, i) => { html("option", "", choice, view.name).value = i; });
    choice.addEventListener("change", () => { state.view = +choice.value; draw(); });
  }
  const canvas = html("div", "canvas", stage);
  const tip = html("div", "tip", stage);
  const readout = html("p", "readout", stage);
  readout.setAttribute("aria-live", "polite");
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.getElementById("still").hidden = true;
  document.getElementById("moves").hidden = false;
  stage.hidden = false;
  draw();
  let drawn = canvas.clientWidth;
  new ResizeObserver(() => { if (canvas.clientWidth !== drawn) { drawn = canvas.clientWidth; draw(); } }).observe(canvas);
})();
