// Which view is shown, by the address after the #; keys, language and theme.

const main = byId("main");
const VIEWS = ["overview", "clusters", "outlets", "stripped", "method"];

// A view is its name and its elements; what the address names and the data lack is said to be missing.
function viewOf(where) {
  if (!where.has("cluster")) {
    const name = VIEWS.find((view) => where.has(view)) ?? "overview";
    return [name, { overview, clusters: listView, outlets: outletsView, stripped: strippedView, method: methodView }[name](where)];
  }
  const cluster = clusterById.get(where.get("cluster"));
  if (!cluster) return ["clusters", missingView("cluster", where.get("cluster"))];
  if (!where.has("copy")) return ["clusters", clusterView(cluster)];
  const copy = membersOf(cluster).find(({ id }) => id === where.get("copy"));
  return ["clusters", copy ? readingView(cluster, copy) : missingView("copy", where.get("copy"))];
}

const missingView = (kind, id) => [make("h2", { tabindex: "-1", text: say("missing.title") }),
  make("p", {}, phrase("missing." + kind, { id })), make("p", {}, link("#clusters", say("step.list")))];

const address = () => new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));

function show(event) {
  const where = address();
  if (where.has("cluster") && !arrived()) return; // drawn when the rest has arrived
  const [name, elements] = viewOf(where);
  main.replaceChildren(...elements.flat(3).filter(Boolean));
  for (const entry of document.querySelectorAll("nav.views a"))
    entry.hash === "#" + name ? entry.setAttribute("aria-current", "page") : entry.removeAttribute("aria-current");
  const heading = main.querySelector("h2");
  document.documentElement.dataset.view = name;
  document.title = (name === "overview" ? say("title") : heading.textContent + " · " + say("title")) + " · dedup";
  if (event) {
    scrollTo(0, 0);
    (toSearch && byId("list-q") || heading).focus({ preventScroll: true });
    toSearch = false;
  }
}

function setLanguage(name) {
  speak(name);
  byId("language").value = name;
  byId("lead").textContent = leadOf(DATA.figures);
  show();
}

function setTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  byId("theme").value = name;
}

function cycle(select) {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.dispatchEvent(new Event("change"));
}

let toSearch = false; // the search field is wanted as soon as the list is there

const click = (selector) => () => main.querySelector(selector)?.click();

// From one story to the next in a list.
const along = (by) => () => {
  const links = [...main.querySelectorAll(".list .headline a")];
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
};

const KEYS = {
  1: () => { location.hash = "overview"; },
  2: () => { location.hash = listHash().slice(1); },
  3: () => { location.hash = "outlets"; },
  4: () => { location.hash = "stripped"; },
  "/": () => { toSearch = !byId("list-q"); toSearch ? location.hash = listHash().slice(1) : byId("list-q").focus(); },
  j: along(1), k: along(-1),
  n: click("#passage_after"), p: click("#passage_before"), f: click("#furniture"),
  "]": click(".steps [rel=next]"), "[": click(".steps [rel=prev]"), b: click("#back"),
  l: () => cycle(byId("language")), t: () => cycle(byId("theme")),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  const field = event.target.closest?.("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || field || byId("help").open || !byId("shortcuts").checked) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function start() {
  byId("shortcuts").checked = choices.get("shortcuts") !== "off";
  byId("shortcuts").addEventListener("change", (event) => choices.set("shortcuts", event.target.checked ? "on" : "off"));
  byId("help-open").addEventListener("click", () => byId("help").showModal());
  byId("help-close").addEventListener("click", () => byId("help").close());
  byId("language").addEventListener("change", (event) => setLanguage(event.target.value));
  byId("theme").addEventListener("change", (event) => { choices.set("theme", event.target.value); setTheme(event.target.value); });
  byId("skip").addEventListener("click", (event) => { event.preventDefault(); main.querySelector("h2")?.focus(); });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", show);
  byId("chrome").hidden = false;
  setTheme(choices.get("theme") ?? "auto");
  setLanguage(DATA.language);
  document.addEventListener("DOMContentLoaded", () => {
    if (address().has("cluster")) show();
    if (wanted.q) byId("list-q")?.dispatchEvent(new Event("input"));
    prepareSearch();
  });
}

start();
