"use strict";
/* Every figure as a file, and light or dark by hand: the page stands without either. */
(() => {
  function button(text, parent, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    parent.append(made);
    return made;
  }
  function drawnState(figure) {
    const svg = [...figure.querySelectorAll("svg")].find((each) => each.checkVisibility()).cloneNode(true);
    svg.querySelector(".ring")?.remove();
    const [, , width, height] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
    for (const [name, value] of Object.entries({ width, height, xmlns: "http://www.w3.org/2000/svg" })) svg.setAttribute(name, value);
    svg.setAttribute("style", "color:#1b1f24;background:#ffffff");
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  }
  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  for (const figure of document.querySelectorAll("figure[data-name]")) {
    const files = document.createElement("div"), name = figure.dataset.name;
    files.className = "files";
    figure.append(files);
    const svg = ({ text }) => new Blob([text], { type: "image/svg+xml" });
    button("Save SVG", files, () => save(svg(drawnState(figure)), `${name}.svg`));
    button("Save PNG", files, async () => {
      const state = drawnState(figure), picture = new Image();
      picture.src = URL.createObjectURL(svg(state));
      await picture.decode();
      const sheet = document.createElement("canvas"), times = Math.max(2, 1600 / state.width);
      [sheet.width, sheet.height] = [state.width * times, state.height * times];
      const pen = sheet.getContext("2d");
      pen.fillStyle = "#ffffff";
      pen.fillRect(0, 0, sheet.width, sheet.height);
      pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
      URL.revokeObjectURL(picture.src);
      sheet.toBlob((blob) => save(blob, `${name}.png`));
    });
  }
  const root = document.documentElement, dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const holder = document.getElementById("theme");
  const name = () => (dark() ? "Light page" : "Dark page");
  const change = button(name(), holder, () => { root.dataset.theme = dark() ? "light" : "dark"; change.textContent = name(); });
})();
