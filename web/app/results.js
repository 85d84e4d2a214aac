// What the worker says → the page. Its HTML and SVG have every text of the model escaped.

import { seqinspectPage } from "./page.js";

const LEVELS = { error: "Error", warning: "Warning", note: "Note" };

let shownText = "";

/** Show findings; `goTo` is called with one that was chosen. */
export function showFindings(parent, findings, goTo) {
  const heading = element("h2", findings.length ? `Findings (${findings.length})` : "Findings");
  if (!findings.length) {
    parent.replaceChildren(heading, element("p", "Nothing found."));
    return;
  }
  const list = element("ul");
  list.append(...findings.map((each) => item(each, goTo)));
  parent.replaceChildren(heading, list);
}

function item(finding, goTo) {
  const shown = element("li");
  shown.className = finding.level;
  const label = element("strong", [LEVELS[finding.level], finding.code].filter(Boolean).join(" "));
  shown.append(label, " ");
  if (finding.line) {
    const place = element("button", `line ${finding.line}`);
    place.type = "button";
    place.addEventListener("click", () => goTo(finding));
    shown.append(place, " ");
  }
  shown.append(finding.message);
  if (finding.remedy) shown.append(element("div", `Remedy: ${finding.remedy}`));
  return shown;
}

/** Show models: the page of each, and its explanation; nothing moves where nothing has changed. */
export function showModels(parent, models) {
  const text = JSON.stringify(models);
  if (text === shownText) return;
  shownText = text;
  parent.replaceChildren(...models.flatMap(({ page, explanation }) => {
    const article = html(page).firstElementChild;
    seqinspectPage(article);
    return [article, explained(html(explanation))];
  }));
}

function explained(content) {
  const details = element("details");
  details.open = true;
  details.className = "seqinspect-page";
  details.append(element("summary", "Explanation"), content);
  for (const wide of details.querySelectorAll(".wide, pre")) wide.tabIndex = 0; // the keyboard scrolls it
  return details;
}

function html(text) {
  const shown = document.createDocumentFragment();
  shown.append(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  return shown;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
