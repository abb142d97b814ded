// Tables that sort by their headings and are drawn a page at a time.

const ROWS = 100; // rows drawn at once: a screenful stays quick however many there are

// Columns are { key, name, cell(row) → node or text, by?(row) → what it sorts by, number?, long?, down? (largest first) }.
function sortable({ caption, columns, rows, sort, down, name }) {
  let column = columns.find(({ key }) => key === sort), falling = down, page = 0;
  const body = make("tbody"), head = make("tr"), pager = pages((to) => { page = to; fill(); });
  const said = make("p", { role: "status", class: "unseen" });
  const buttons = columns.map((one) => make("th", { scope: "col", class: one.number ? "number" : null, "data-column": one.key }, one.by
    ? make("button", { type: "button", class: "sorter", text: one.name, on: () => {
      falling = column === one ? !falling : Boolean(one.down);
      column = one;
      page = 0;
      fill();
      said.textContent = say(falling ? "sorted_down" : "sorted_up", { column: one.name });
    } })
    : one.name));
  head.append(...buttons);

  function fill() {
    columns.forEach((one, at) => {
      if (one.by) buttons[at].setAttribute("aria-sort", one === column ? (falling ? "descending" : "ascending") : "none");
    });
    const ordered = column ? rows.toSorted(ordering(column.by, falling)) : rows;
    body.replaceChildren(...ordered.slice(page * ROWS, (page + 1) * ROWS).map((row) => make("tr", {},
      columns.map((one, at) => make(at ? "td" : "th", {
        scope: at ? null : "row", class: one.number ? "number" : one.long ? "long" : null, "data-column": one.key,
      }, one.cell(row))))));
    pager.show(page, Math.ceil(rows.length / ROWS));
  }

  fill();
  return [
    scrolling(name, make("table", { class: "data" }, make("caption", {}, caption), make("thead", {}, head), body)),
    pager.element, said,
  ];
}

// Text by the language's alphabet, numbers by size; what is not known stands last either way.
function ordering(by, falling) {
  const sign = falling ? -1 : 1;
  return (a, b) => {
    const x = by(a), y = by(b), lacking = (x === null) - (y === null);
    if (lacking || x === null) return lacking;
    return sign * (typeof x === "string" ? collator.compare(x, y) : x - y);
  };
}

// Previous and next, and where one stands.
function pages(turn) {
  const place = make("span", { class: "quiet" });
  const step = (key, by) => make("button", { type: "button", text: say(key), on: () => turn(at + by) });
  const back = step("page_back", -1), on = step("page_on", 1);
  const element = make("nav", { class: "pager", "aria-label": say("pages") }, back, place, on);
  let at = 0;
  return {
    element,
    show(page, all) {
      at = page;
      element.hidden = all < 2;
      back.disabled = page === 0;
      on.disabled = page >= all - 1;
      place.textContent = say("page_of", { n: page + 1, all });
    },
  };
}
