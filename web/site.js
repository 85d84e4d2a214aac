// What the theme leaves unsaid to readers who do not see the page: names of its parts, and places
// that the keyboard must reach to scroll. The theme makes some of them late.
const name = () => {
  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
  for (const each of document.querySelectorAll("nav.md-code__nav")) each.setAttribute("role", "presentation");
  for (const each of document.querySelectorAll(".md-typeset__scrollwrap")) each.tabIndex = 0;
};
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
name();
