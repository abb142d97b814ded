// Elements. Text from the data only ever goes through `textContent` or an attribute that runs nothing.

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = plain(value);
    else if (name === "on") element.addEventListener("click", value);
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name === "text") element.textContent = plain(value);
    else if (name === "on") element.addEventListener("click", value);
    else element.setAttribute(name, typeof value === "number" ? Math.round(value * 100) / 100 : plain(value));
  }
  element.append(...children.flat(9).filter(Boolean));
  return element;
}

// A picture with a name and a description for those who do not see it.
let pictures = 0;
function picture(width, height, name, description, ...children) {
  const id = "picture-" + ++pictures;
  return draw("svg", {
    viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`, role: "img",
    "aria-labelledby": id + "-title", "aria-describedby": id + "-desc",
  }, draw("title", { id: id + "-title", text: name }), draw("desc", { id: id + "-desc", text: description }), children);
}

const link = (href, ...children) => make("a", { href }, ...children);
const hash = (values) => "#" + Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "")
  .map(([name, value]) => (value === true ? name : name + "=" + encodeURIComponent(value))).join("&");

// A document's name: a link where its address is one of the web, else the address is text beside it.
const naming = (member) => member.title || say("untitled", { id: member.id });
function documentName(member) {
  const name = make("bdi", { text: naming(member) });
  if (member.linked)
    return make("a", { href: member.url, rel: "noopener noreferrer nofollow", target: "_blank" }, name);
  return member.url ? make("span", {}, name, " ", make("small", {}, make("bdi", { text: member.url }))) : name;
}

// Shapes tell relations apart where colours do not.
const SHAPES = {
  head: (x, y, r) => draw("path", { d: star(x, y, r * 1.45) }),
  exact: (x, y, r) => draw("circle", { cx: x, cy: y, r }),
  near: (x, y, r) => draw("path", { d: `M${x} ${y - r * 1.3}L${x + r * 1.3} ${y}L${x} ${y + r * 1.3}L${x - r * 1.3} ${y}Z` }),
  excerpt: (x, y, r) => draw("path", { d: `M${x} ${y - r * 1.2}L${x + r * 1.2} ${y + r}L${x - r * 1.2} ${y + r}Z` }),
  passage: (x, y, r) => draw("rect", { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 }),
};
function star(x, y, r) {
  const corner = (at) => {
    const angle = (at * Math.PI) / 5 - Math.PI / 2, far = at % 2 ? r * 0.45 : r;
    return (x + far * Math.cos(angle)).toFixed(1) + " " + (y + far * Math.sin(angle)).toFixed(1);
  };
  return "M" + Array.from({ length: 10 }, (_, at) => corner(at)).join("L") + "Z";
}
function shape(kind, x, y, r) {
  const element = SHAPES[kind](x, y, r);
  element.setAttribute("class", "mark is-" + kind);
  return element;
}
const badge = (kind) => make("span", { class: "tag" },
  draw("svg", { viewBox: "0 0 16 16", class: "glyph", "aria-hidden": "true" }, shape(kind, 8, 8, 5)), called("relation", kind));
