// Pictures: bars, columns and a matrix, each with the same figures as a table beneath it.

function figure(slug, title, note, drawing, table) {
  return make("figure", { id: "figure-" + slug, class: table.wide ? "wide" : null },
    make("figcaption", {}, make("strong", { text: title }), make("span", { text: note })),
    table.wide ? scrolling(title, drawing) : drawing,
    make("details", { class: "asTable" }, make("summary", { text: say("as_table") }), scrolling(title, plainTable(title, table))));
}

// A box that scrolls by itself, by keyboard too.
const scrolling = (name, ...children) => make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, ...children);

const plainTable = (title, { head, rows }) => make("table", { class: "plain" },
  make("caption", { class: "unseen", text: title }),
  make("thead", {}, make("tr", {}, head.map((name) => make("th", { scope: "col", text: name })))),
  make("tbody", {}, rows.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row", text: name }),
    cells.map((cell) => make("td", { class: "number", text: number(cell) }))))));

const listed = (items) => items.map(({ label, n }) => label + ": " + number(n)).join("; ");
const short = (text, length) => { const letters = Array.from(plain(text)); return letters.length > length ? letters.slice(0, length - 1).join("") + "…" : letters.join(""); };

// Items are { label, n, kind?, href? }; bars of relations carry their shapes.
function bars(title, items) {
  const longest = Math.max(...items.map(({ n }) => n)), left = 108, full = 190;
  const rows = items.map(({ label, n, kind, href }, at) => {
    const y = at * 28 + 4, width = n ? Math.max(2, (n / longest) * full) : 0;
    const row = draw("g", { class: href ? "goes" : null, on: href ? () => { location.hash = href; } : null },
      draw("rect", { class: "hit", x: 0, y: y - 2, width: 360, height: 26 }),
      kind ? shape(kind, 9, y + 11, 5) : null,
      draw("text", { class: "name", x: kind ? 22 : 0, y: y + 15.5, text: short(label, 16) }),
      n ? draw("rect", { class: "bar" + (kind ? " is-" + kind : ""), x: left, y: y + 2, width, height: 18 }) : null,
      draw("text", { class: "value", x: left + width + 7, y: y + 15.5, text: number(n) }));
    return row;
  });
  return picture(360, items.length * 28 + 8, title, listed(items),
    draw("line", { class: "axis", x1: left - 0.5, x2: left - 0.5, y1: 2, y2: items.length * 28 + 4 }), rows);
}

function columns(title, items) {
  const longest = Math.max(...items.map(({ n }) => n)), high = 150, step = Math.min(72, 356 / items.length);
  const rows = items.map(({ label, n }, at) => {
    const height = n ? Math.max(2, (n / longest) * high) : 0, x = 2 + at * step;
    return [
      n ? draw("rect", { class: "bar", x: x + step * 0.12, y: 24 + high - height, width: step * 0.76, height }) : null,
      draw("text", { class: "value", x: x + step / 2, y: 19 + high - height, "text-anchor": "middle", text: number(n) }),
      draw("text", { class: "name", x: x + step / 2, y: high + 42, "text-anchor": "middle", text: label }),
    ];
  });
  return picture(360, high + 52, title, listed(items), rows.flat(),
    draw("line", { class: "axis", x1: 0, x2: 360, y1: 24 + high, y2: 24 + high }));
}

// Figures must be read on every shade, in both themes: none lies between the half and the whole.
const SHADES = [0.1, 0.22, 0.36, 0.5, 1];

// A table of shades; `go(row, column)` is the address a cell leads to, if any.
function matrix(title, rows, names, cells, go) {
  const left = 176, wide = 58, high = 26, top = 74, most = Math.max(1, ...cells.flat());
  const width = left + names.length * wide + 40;
  const head = names.map((name, at) => draw("text", {
    class: "name", x: 0, y: 0, transform: `translate(${left + at * wide + wide / 2 - 4} ${top - 8}) rotate(-32)`, text: short(name, 14),
  }, draw("title", { text: name })));
  const body = rows.map((row, y) => [
    draw("text", { class: "name", x: left - 10, y: top + y * high + 17.5, "text-anchor": "end", text: short(row, 25) }, draw("title", { text: row })),
    ...cells[y].map((n, x) => {
      const step = n ? Math.min(4, Math.floor(Math.sqrt(n / most) * 5)) : 0, href = n && go ? go(row, names[x]) : null;
      return draw("g", { class: href ? "goes" : null, on: href ? () => { location.hash = href; } : null },
        draw("rect", { class: n ? "cell" : "cell empty", "fill-opacity": n ? SHADES[step] : 1, x: left + x * wide + 1, y: top + y * high + 1, width: wide - 2, height: high - 2 }),
        draw("text", { class: step === 4 ? "onCell" : "inCell", x: left + (x + 0.5) * wide, y: top + y * high + 17.5, "text-anchor": "middle", text: n ? number(n) : "·" }),
        draw("title", { text: row + " · " + names[x] + ": " + number(n) }));
    }),
  ]);
  const description = say("matrix_desc", { rows: rows.length, columns: names.length, most });
  const drawing = picture(width, top + rows.length * high + 6, title, description, head, body.flat());
  drawing.setAttribute("class", "natural");
  drawing.setAttribute("width", width);
  return drawing;
}
