"use strict";
// Both pages: the choices, and passages made of text alone. Nothing of a policy becomes markup here.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const data = read("data");
const texts = read("texts");
const root = document.documentElement;
// What is as usual is left out of the data of a passage.
for (const source of data.policies || [data]) {
  for (const segment of source.segments) {
    segment.q ??= segment.p;
    segment.c ??= [];
    segment.b ??= [];
    segment.l ??= "en";
  }
}
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function say(key, numbers = {}) {
  return texts[root.lang][key].replace(/\{(n|of)\}/g, (whole, name) => numbers[name] ?? whole);
}

function make(tag, attributes = {}, ...children) {
  const spaces = { svg: 1, rect: 1, image: 1 };
  const element = spaces[tag]
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== "" && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function translate() {
  for (const element of all("[data-t]")) {
    element.textContent = say(element.dataset.t, { n: element.dataset.n });
  }
  for (const element of all("[data-t-title]")) element.title = say(element.dataset.tTitle);
}

// The passage with its telling words marked; steps lead from edge to edge, in UTF-16 units.
function marked(text, steps) {
  const parts = [];
  let at = 0;
  steps.forEach((step, number) => {
    const part = text.slice(at, at + step);
    parts.push(number % 2 ? make("mark", {}, part) : part);
    at += step;
  });
  return [...parts, text.slice(at)];
}

// Where the passage stands on its page, and where the page stands in the document.
function place(segment, pages) {
  const wide = segment.b.some((box) => box[2] > 620);
  const [width, height] = wide ? [842, 595] : [595, 842];
  const picture = make("svg", { class: "place", viewBox: `-10 -10 ${width + 110} ${height + 20}`, "aria-hidden": "true" });
  picture.append(make("rect", { class: "paper", width, height, "stroke-width": 8 }));
  for (const [x0, y0, x1, y1] of segment.b) {
    picture.append(make("rect", { class: "box", x: x0, y: y0, width: Math.max(x1 - x0, 8), height: Math.max(y1 - y0, 8) }));
  }
  const step = height / Math.max(pages, 1);
  picture.append(make("rect", { class: "way", x: width + 50, width: 30, height }));
  picture.append(make("rect", { class: "box", x: width + 45, y: (segment.p - 1) * step, width: 40, height: Math.max(step, 20) }));
  return picture;
}

function pagesOf(segment, pages) {
  const which = segment.q > segment.p ? `${segment.p}–${segment.q}` : segment.p;
  return `${say("page")} ${which} ${say("of")} ${pages}`;
}

// A text that is kept once, in the language of the interface where it is kept in each.
const LANGUAGES = Object.keys(texts);
const inLanguage = (text) => (Array.isArray(text) ? text[LANGUAGES.indexOf(root.lang)] : text);
const joined = (numbers, source) => numbers.map((one) => inLanguage(source.strings[one])).join("");

// The picture of a page with the passage marked, drawn when it is asked for.
function sheet(segment, source) {
  const drawn = (source.pictures || {})[segment.p];
  if (!drawn || !segment.b.length) return [];
  const [uri, width, height] = drawn;
  const body = make("div", {});
  const details = make("details", { class: "sheet" }, make("summary", {}, `${say("page_picture")} ${segment.p}`), body);
  details.addEventListener("toggle", () => {
    if (!details.open || body.childElementCount) return;
    const label = say("page_marked", { n: segment.p });
    const picture = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    picture.append(make("image", { href: uri, width, height }));
    for (const [x0, y0, x1, y1] of segment.b) {
      picture.append(make("rect", { class: "around", x: x0 - 3, y: y0 - 3, width: x1 - x0 + 6, height: y1 - y0 + 6 }));
    }
    body.append(picture);
  });
  return [details];
}
const STRENGTHS = ["full", "part", "set_aside", "near"];

// entry: [segment, confidence, strength, spans, reason]; texts that repeat are numbers of strings.
function passage(entry, source) {
  const [number, confidence, strength, spans, reason] = entry;
  const segment = source.segments[number];
  const section = joined(segment.s, source);
  const told = make("div", {},
    make("p", { class: "meta" },
      make("b", {}, say(STRENGTHS[strength])), ` · ${say("confidence")} ${confidence} · ${pagesOf(segment, source.pages)}`,
      ...(section === "" ? [] : [" · ", make("bdi", {}, section)])),
    ...(segment.c.length ? [make("p", { class: "context", dir: "auto", lang: segment.l }, segment.c.map((one) => source.strings[one]).join(" | "))] : []),
    make("blockquote", { dir: "auto", lang: segment.l }, ...marked(segment.t, spans)),
    make("p", { class: "why", dir: "auto" }, joined(reason, source)), ...sheet(segment, source));
  const kind = strength < 2 ? "passage" : "passage aside";
  const parts = segment.b.length ? [told, place(segment, source.pages)] : [told];
  return make("li", { class: kind }, ...parts);
}

// A passage that is evidence for nothing yet: what is said of it in place of strength and reason.
function bare([number, spans], meta, source) {
  const segment = source.segments[number];
  const section = joined(segment.s, source);
  const told = make("div", {},
    make("p", { class: "meta" }, ...meta, pagesOf(segment, source.pages),
      ...(section === "" ? [] : [" · ", make("bdi", {}, section)])),
    make("blockquote", { dir: "auto", lang: segment.l }, ...marked(segment.t, spans)), ...sheet(segment, source));
  return make("li", { class: "passage" }, ...(segment.b.length ? [told, place(segment, source.pages)] : [told]));
}

function passages(entries, source) {
  return make("ul", { class: "passages" }, ...entries.map((entry) => passage(entry, source)));
}

// Details are filled when they are opened: thousands of passages at once would make the page slow.
function fillWhenOpen(fill) {
  for (const details of all("details.action")) {
    details.addEventListener("toggle", () => { if (details.open) fill(details); });
  }
}

const shownDetails = () => all("details.action").filter((one) => !one.closest("[hidden]"));

function openDetails(list, fill) {
  for (const details of list) { fill(details); details.open = true; }
}

function start(refresh, fill) {
  const language = document.getElementById("language");
  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = () => {
    root.dataset.theme = theme.value === "auto" ? (dark.matches ? "dark" : "light") : theme.value;
  };
  language.addEventListener("change", () => {
    root.lang = language.value;
    translate();
    refresh();
  });
  theme.addEventListener("change", colour);
  dark.addEventListener("change", colour);
  // Paper shows what the screen shows: the actions chosen, and the passages of those that are open.
  document.getElementById("print").addEventListener("click", () => print());
  document.getElementById("open").addEventListener("click", () => openDetails(shownDetails(), fill));
  document.getElementById("close").addEventListener("click", () => {
    for (const details of all("details.action[open]")) details.open = false;
  });
  const form = document.getElementById("filters");
  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(refresh));
  fillWhenOpen(fill);
  if (root.lang !== language.value) root.lang = language.value; // a reload keeps the choice
  translate();
  colour();
  refresh();
}
