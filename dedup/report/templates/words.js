// What the page says. All words come from one table a language; numbers and times are written as the language does.

const byId = (id) => document.getElementById(id);
const TABLES = JSON.parse(byId("tables").textContent);

// What a reader chose is kept where the browser lets a page from disk keep anything.
const choices = {
  get: (name) => { try { return localStorage.getItem("dedup-report-" + name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem("dedup-report-" + name, value); } catch { /* not kept, then */ } },
};

// Controls that turn the direction of writing around are shown by their names: a title must not rewrite the page.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const plain = (text) =>
  String(text).replace(TURNING, (char) => "[U+" + char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "]");

let language, locale, words, plurals, collator;

function speak(name) {
  language = name;
  words = TABLES.words[name];
  locale = words.locale;
  plurals = new Intl.PluralRules(name);
  collator = new Intl.Collator(name, { sensitivity: "base", numeric: true });
  document.documentElement.lang = name;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-name]"))
    element.setAttribute("aria-label", say(element.dataset.name));
}

const find = (key) => key.split(".").reduce((table, part) => table?.[part], words);

// The words for `key`; of a table of plural forms the one for `values.n`.
function form(key, values) {
  const found = find(key);
  const text = found !== null && typeof found === "object" ? found[plurals.select(values.n)] ?? found.other : found;
  if (typeof text !== "string") throw new Error("no words for " + key);
  return text;
}

const shown = (value) => (typeof value === "number" ? number(value) : plain(value));
const say = (key, values = {}) => form(key, values).replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));

// The same as nodes, so that elements can stand in a sentence, and names from the data are kept apart from it.
const phrase = (key, values = {}) => form(key, values).split(/(\{\w+\})/).filter(Boolean).map((part) => {
  const value = part[0] === "{" ? values[part.slice(1, -1)] : undefined;
  if (value === undefined) return part;
  return typeof value === "string" ? make("bdi", { text: value }) : typeof value === "number" ? number(value) : value;
});

// Labels and relations that the tables do not know are called by their own names.
const called = (kind, name) => find(kind + "." + name) ?? plain(name);

const number = (value, digits = 0) =>
  value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (share) =>
  share.toLocaleString(locale, { style: "percent", maximumFractionDigits: share > 0 && share < 0.0995 ? 1 : 0 });

// 2026-03-03T10:15:00Z as the language writes it, in UTC; a date alone stays one; what is not ISO 8601 stays as it is.
function moment(published) {
  if (!published) return say("unknown");
  const known = /^\d{4}-\d\d-\d\d(?:$|([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$)/.exec(published.trim());
  const zone = known && known[1] && !known[2] ? "Z" : "";
  const time = known ? Date.parse(published.trim().replace(" ", "T") + zone) : NaN;
  if (Number.isNaN(time)) return plain(published);
  const date = new Date(time).toLocaleDateString(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  if (!known[1]) return date;
  const clock = new Date(time).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "UTC" });
  return date + ", " + clock + " UTC";
}

// Hours as a person says them: the two largest units at most.
function duration(hours) {
  const minutes = Math.round(Math.abs(hours) * 60);
  if (minutes < 1) return say("time.none");
  if (minutes < 60) return say("time.minutes", { n: minutes });
  const whole = Math.floor(minutes / 60);
  if (whole < 48) return [say("time.hours", { n: whole }), minutes % 60 && whole < 10 ? say("time.minutes", { n: minutes % 60 }) : ""].filter(Boolean).join(" ");
  return say("time.days", { n: Math.round(whole / 24) });
}
