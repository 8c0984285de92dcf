"use strict";
(() => {
  const causes = [...document.querySelectorAll("details.cause")];
  const showHidden = (selector) => document.querySelectorAll(selector).forEach((node) => { node.hidden = false; });

  showHidden(".tools");
  showHidden("button[data-copy]");

  document.querySelectorAll("button[data-expand]").forEach((button) => {
    button.addEventListener("click", () => {
      const open = button.dataset.expand === "open";
      causes.forEach((cause) => { cause.open = open; });
    });
  });

  const byHand = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };

  document.querySelectorAll("button[data-copy]").forEach((button) => {
    button.addEventListener("click", async () => {
      const node = document.getElementById(button.dataset.copy);
      let copied = false;
      try {
        await navigator.clipboard.writeText(node.textContent);
        copied = true;
      } catch {
        copied = byHand(node);
      }
      button.textContent = copied ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  });

  // A link to a cause opens it.
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const cause = target && target.closest("details.cause");
    if (cause) {
      cause.open = true;
      cause.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();

  // Paper cannot be clicked.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((node) => { node.open = true; });
  });
  addEventListener("afterprint", () => { closed.forEach((node) => { node.open = false; }); });
})();
