// One policy: the matrix, what is shown, and the passages of each action.
for (const details of all("details.action")) {
  data.actions[details.dataset.action].t = details.querySelector(".text").textContent;
}
const form = document.getElementById("filters");

function wanted() {
  const words = form.elements.words.value.trim().toLocaleLowerCase();
  return {
    statuses: new Set(all("[name=status]:checked", form).map((box) => box.value)),
    objective: form.elements.objective.value,
    strength: form.elements.strength.value,
    from: Number(form.elements.from.value) || 1,
    to: Number(form.elements.to.value) || Infinity,
    words,
    narrow: Boolean(words || form.elements.strength.value || form.elements.from.value || form.elements.to.value),
  };
}

function fits(entry, want) {
  const segment = data.segments[entry[0]];
  return (want.strength === "" || String(entry[2]) === want.strength)
    && segment.q >= want.from && segment.p <= want.to
    && (want.words === "" || segment.t.toLocaleLowerCase().includes(want.words));
}

// A word of the action's own text shows all of its passages, unless page or strength say otherwise.
function entriesShown(action, want) {
  const own = want.words !== "" && action.t.toLocaleLowerCase().includes(want.words);
  const without = own ? { ...want, words: "" } : want;
  const asked = { ...without, narrow: Boolean(without.words || want.strength || want.from > 1 || want.to < Infinity) };
  return { own, keep: (entry) => !asked.narrow || fits(entry, asked) };
}

function isShown(action, want) {
  if (!want.statuses.has(action.s)) return false;
  if (want.objective !== "" && Number(want.objective) !== action.o) return false;
  if (!want.narrow) return true;
  const { own, keep } = entriesShown(action, want);
  const onlyWords = want.strength === "" && want.from === 1 && want.to === Infinity;
  return (own && onlyWords) || [...action.e, ...action.a, ...action.n].some(keep);
}

function group(title, entries, keep) {
  const kept = entries.filter(keep);
  return kept.length ? [make("h4", {}, say(title)), passages(kept, data)] : [];
}

function gapParts(action) {
  const trust = action.c ? `${say(action.r)} (${action.c})` : say(action.r);
  const searched = action.w.length
    ? make("ul", { class: "searched" }, ...action.w.map((words) => make("li", { dir: "auto" }, joined(words, data))))
    : make("p", {}, say("no_rule"));
  return [make("p", { class: "meta" }, make("b", {}, say("trust")), ` · ${trust}`), make("h4", {}, say("searched")), searched];
}

function fill(details) {
  const action = data.actions[details.dataset.action];
  const { keep } = entriesShown(action, wanted());
  const isGap = action.r !== "";
  const parts = isGap ? gapParts(action) : [make("p", { class: "meta" }, `${say("confidence")} ${action.c}`)];
  parts.push(...group("evidence", action.e, keep), ...group("aside", action.a, keep), ...group("nearest", action.n, keep));
  const every = [...action.e, ...action.a, ...action.n];
  const hidden = every.length - every.filter(keep).length;
  if (isGap && !every.length) parts.push(make("p", {}, say("no_nearest")));
  if (hidden) parts.push(make("p", { class: "meta" }, say("filtered", { n: hidden })));
  details.querySelector(".body").replaceChildren(...parts);
}

// What begins with the policy: measures that fit no action, and the guiding principles.
function fillMore(details) {
  const { unmatched, principle } = details.dataset;
  const items = unmatched === undefined
    ? data.principles[principle].m.map((entry) => bare(entry, [], data))
    : data.unmatched.filter((entry) => String(entry[3]) === unmatched)
      .map((entry) => bare(entry, [make("b", {}, say(entry[2])), " · "], data));
  const list = items.length ? make("ul", { class: "passages" }, ...items) : make("p", {}, say("no_passages"));
  details.querySelector(".body").replaceChildren(list);
}

for (const details of all("details.more")) {
  details.addEventListener("toggle", () => { if (details.open) fillMore(details); });
}

function refreshMore() {
  for (const name of all("[data-name]")) name.textContent = inLanguage(data.principles[name.dataset.name].n);
  for (const details of all("details.more[open]")) fillMore(details);
}

function refresh() {
  refreshMore();
  const want = wanted();
  let count = 0;
  for (const details of all("details.action")) {
    const visible = isShown(data.actions[details.dataset.action], want);
    details.hidden = !visible;
    count += visible;
    if (visible && details.open) fill(details);
  }
  for (const section of all("section.objective")) {
    section.hidden = !section.querySelector("details.action:not([hidden])");
  }
  const told = say("shown", { n: count, of: data.actions.length });
  document.getElementById("shown").textContent = count ? told : `${told} ${say("none_shown")}`;
}

// A link to an action opens it, even when the choice above hides it.
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.closest("[hidden]")) { form.reset(); refresh(); }
  if (target.matches("details.action")) {
    openDetails([target], fill);
    target.querySelector("summary").focus();
  }
  target.scrollIntoView();
}

// One stop for the Tab key; the arrows move on to the next cell in that direction.
const cells = all("#matrix a[data-cell]");

function move(event) {
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const step = steps[event.key];
  const from = event.target.closest("td");
  if (!step || !from || !event.target.matches("[data-cell]")) return;
  event.preventDefault();
  const rows = all("tbody tr", document.getElementById("matrix"));
  let row = rows.indexOf(from.parentElement);
  let column = from.cellIndex;
  let next;
  do {
    row += step[0];
    column += step[1];
    next = rows[row]?.cells[column];
  } while (next && !next.querySelector("[data-cell]"));
  const link = next?.querySelector("[data-cell]");
  if (!link) return;
  event.target.tabIndex = -1;
  link.tabIndex = 0;
  link.focus();
}

cells.forEach((cell, number) => {
  cell.tabIndex = number ? -1 : 0;
  cell.title = data.actions[cell.dataset.cell].t;
});
document.getElementById("matrix").addEventListener("keydown", move);
addEventListener("hashchange", follow);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) follow();
});
start(refresh, fill);
addEventListener("load", () => { if (location.hash) follow(); });
