// Many policies: the passages of one action side by side, and which actions are shown.
const form = document.getElementById("filters");

function column(policy, [count, entries]) {
  const source = data.policies[policy];
  const parts = [make("h4", { dir: "auto" }, source.title)];
  if (!entries.length) parts.push(make("p", { class: "meta" }, say("no_passages")));
  if (count > entries.length) parts.push(make("p", { class: "meta" }, say("best_shown", { n: count })));
  if (entries.length) parts.push(passages(entries, source));
  return make("div", {}, ...parts);
}

function fill(details) {
  const found = data.actions[details.dataset.action];
  const columns = found.map((one, policy) => column(policy, one));
  details.querySelector(".body").replaceChildren(make("div", { class: "columns" }, ...columns));
}

function refresh() {
  const kind = form.elements.kind.value;
  const objective = form.elements.objective.value;
  let count = 0;
  for (const details of all("details.action")) {
    const visible = (kind === "every_action" || details.dataset.kind === kind)
      && (objective === "" || details.dataset.objective === objective);
    details.hidden = !visible;
    count += visible;
    if (visible && details.open) fill(details);
  }
  const told = say("shown", { n: count, of: data.actions.length });
  document.getElementById("shown").textContent = count ? told : `${told} ${say("none_shown")}`;
}

start(refresh, fill);
