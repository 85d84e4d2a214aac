"use strict";

// Makes a page of seqinspect alive: rows fold, and what a step depends on lights up. `root` is an
// element of the class `seqinspect-page`, of any document. Everything that is shown is in it already.
function seqinspectPage(root) {
  for (const model of root.querySelectorAll(".model")) {
    const all = (selector) => [...model.querySelectorAll(selector)];
    const drawing = model.querySelector(".drawing");
    const table = model.querySelector(".layers");
    const details = model.querySelector(".details");
    const said = all(".said");
    const hint = said[0].textContent;
    const cells = new Map(all("[data-cell]").map((cell) => [cell.dataset.cell, cell]));
    const detailOf = new Map(all(".detail").map((each) => [each.dataset.layer, each]));
    const lists = (cell, name) => (cell.dataset[name] || "").split(" ").filter(Boolean);
    let chosen = null;

    // Whether one of the ranges "0-9,12-20/2" has a step.
    const has = (ranges, step) =>
      ranges.split(",").some((range) => {
        const [ends, every] = range.split("/");
        const [first, last] = ends.split("-").map(Number);
        return first <= step && step <= last && (step - first) % Number(every || 1) === 0;
      });

    const depends = (cell, row, step) =>
      lists(cell, "inputs").some((list) => {
        const [input, ranges] = list.split(":");
        return input === row && has(ranges, Number(step));
      });

    // All cells that lead to one.
    const behind = (cell) => {
      const found = new Set();
      const pending = [cell];
      while (pending.length) {
        for (const key of lists(pending.pop(), "reads")) {
          const read = cells.get(key);
          if (read && !found.has(read)) {
            found.add(read);
            pending.push(read);
          }
        }
      }
      return found;
    };

    const show = (target) => {
      for (const each of all(".here, .lit, .way")) each.classList.remove("here", "lit", "way");
      const cell = target && target.dataset.cell ? target : null;
      const layer = target ? target.dataset.layer : undefined;
      drawing.classList.toggle("active", Boolean(cell));
      model.classList.toggle("idle", !target);
      details.classList.toggle("chosen", chosen !== null && detailOf.has(layer));
      const words = cell ? cell.getAttribute("aria-label") : target ? "" : hint;
      for (const each of said) each.textContent = words;
      if (!target) return;
      target.classList.add("here");
      if (cell) {
        const way = behind(cell).add(cell);
        for (const each of way) if (each !== cell) each.classList.add("way");
        const keys = new Set();
        for (const each of way) {
          const key = each.dataset.cell;
          keys.add(key).add(`${key.split(":")[0]}:-1`);
        }
        for (const line of all("[data-from]")) {
          if (keys.has(line.dataset.from) && keys.has(line.dataset.to)) line.classList.add("way");
        }
        const [row, step] = cell.dataset.cell.split(":");
        for (const [key, other] of cells) {
          const [otherRow, otherStep] = key.split(":");
          if (depends(cell, otherRow, otherStep)) other.classList.add("lit");
          if (depends(other, row, step)) other.classList.add("lit");
        }
      }
      for (const each of all("tr[data-layer], .labels[data-layer]")) {
        if (layer !== undefined && each.dataset.layer === layer) each.classList.add("here");
      }
      if (detailOf.has(layer)) detailOf.get(layer).classList.add("here");
    };

    const target = (event) => event.target.closest("[data-cell], [data-layer]:not(.detail)");

    const choose = (element) => {
      chosen = element;
      show(chosen);
    };

    // One place of a table or a picture is reached with Tab, the others with the arrow keys.
    const stops = [];
    const reach = (group, element) => {
      if (!element) return;
      for (const each of stops.filter((stop) => group.contains(stop))) each.tabIndex = -1;
      element.tabIndex = 0;
      stops.push(element);
    };
    const go = (group, element) => {
      if (!element) return;
      reach(group, element);
      element.focus();
    };

    const levelOf = (row) => Number(row.getAttribute("aria-level"));
    const refold = () => {
      const open = [];
      for (const row of table.querySelectorAll("tbody tr")) {
        const level = levelOf(row);
        open.length = level - 1;
        row.hidden = !open.every(Boolean);
        open[level - 1] = row.getAttribute("aria-expanded") !== "false";
      }
    };
    const fold = (row, open) => {
      if (!row.hasAttribute("aria-expanded")) return;
      row.setAttribute("aria-expanded", String(open));
      refold();
    };

    const inTable = (event) => {
      const row = event.target.closest("tbody tr");
      if (!row) return;
      const rows = [...table.querySelectorAll("tbody tr:not([hidden])")];
      const place = rows.indexOf(row);
      const open = row.getAttribute("aria-expanded");
      const keys = {
        ArrowDown: () => go(table, rows[place + 1]),
        ArrowUp: () => go(table, rows[place - 1]),
        Home: () => go(table, rows[0]),
        End: () => go(table, rows[rows.length - 1]),
        ArrowRight: () => (open === "false" ? fold(row, true) : open && go(table, rows[place + 1])),
        ArrowLeft: () => {
          const above = rows.slice(0, place).reverse();
          if (open === "true") fold(row, false);
          else go(table, above.find((each) => levelOf(each) < levelOf(row)));
        },
        Enter: () => fold(row, open !== "true"),
        " ": () => fold(row, open !== "true"),
      };
      act(event, keys);
    };

    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return box.left + box.width / 2;
    };
    const inPicture = (event) => {
      const cell = event.target.closest("[data-cell]");
      if (!cell) return;
      const rows = [...drawing.querySelectorAll('[role="row"]')].map((row) => [
        ...row.querySelectorAll("[data-cell]"),
      ]);
      const index = rows.findIndex((row) => row.includes(cell));
      const row = rows[index];
      const place = row.indexOf(cell);
      const nearest = (others) =>
        (others || []).reduce(
          (best, each) =>
            !best || Math.abs(middle(each) - middle(cell)) < Math.abs(middle(best) - middle(cell))
              ? each
              : best,
          null,
        );
      act(event, {
        ArrowRight: () => go(drawing, row[place + 1]),
        ArrowLeft: () => go(drawing, row[place - 1]),
        ArrowDown: () => go(drawing, nearest(rows[index + 1])),
        ArrowUp: () => go(drawing, nearest(rows[index - 1])),
        Home: () => go(drawing, row[0]),
        End: () => go(drawing, row[row.length - 1]),
      });
    };

    const act = (event, keys) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    };

    model.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "mouse" || details.contains(event.target)) return;
      show(target(event) || chosen);
    });
    model.addEventListener("pointerleave", () => show(chosen));
    model.addEventListener("focusin", (event) => {
      const found = target(event);
      if (!found) return;
      reach(table.contains(found) ? table : drawing, found);
      choose(found);
    });
    model.addEventListener("click", (event) => {
      if (details.contains(event.target)) {
        if (event.target.closest(".close")) choose(null);
        return;
      }
      choose(target(event));
      if (event.target.closest(".fold")) {
        const row = event.target.closest("tr");
        fold(row, row.getAttribute("aria-expanded") !== "true");
      }
    });
    model.addEventListener("keydown", (event) => {
      if (event.key === "Escape") choose(null);
      else if (table.contains(event.target)) inTable(event);
      else if (drawing.contains(event.target)) inPicture(event);
    });

    details.classList.add("alive");
    reach(table, table.querySelector("tbody tr"));
    reach(drawing, drawing.querySelector("[data-cell]"));
    refold();
    show(null);
  }
}
