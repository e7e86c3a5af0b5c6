/* Small comforts. Every page works without this file. */
(() => {
  "use strict";

  const announce = (text) => {
    const region = document.getElementById("announcement");
    if (region) region.textContent = text;
  };

  const prepare = (root) => {
    for (const button of root.querySelectorAll("[data-copy][hidden], [data-choose][hidden]")) {
      button.hidden = false;
    }
    for (const counter of root.querySelectorAll("[data-chosen]")) count(counter);
  };

  /* Copying */
  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    const done = document.body.dataset.copied;
    const word = button.querySelector("span:not(.icon)");
    announce(done);
    if (!word || button.dataset.busy) return;
    const before = word.textContent;
    button.dataset.busy = "true";
    word.textContent = done;
    setTimeout(() => {
      word.textContent = before;
      delete button.dataset.busy;
    }, 2000);
  };

  /* Choosing rows */
  const boxes = (form) =>
    [...form.elements].filter((element) => element.type === "checkbox");

  const count = (counter) => {
    const chosen = boxes(counter.form || counter.closest("form")).filter((box) => box.checked);
    counter.textContent = counter.dataset.chosen.replace("%(count)s", String(chosen.length));
    counter.hidden = chosen.length === 0;
  };

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox" || !box.form) return;
    const counter = box.form.querySelector("[data-chosen]");
    if (!counter) return;
    box.closest("tr")?.toggleAttribute("data-selected", box.checked);
    count(counter);
  });

  /* Menus close on Esc and on a click outside */
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus(null);
    menu?.querySelector("summary")?.focus();
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target.closest("details.menu"));
    const copied = target.closest("[data-copy]");
    if (copied) copy(copied);
    const choose = target.closest("[data-choose]");
    if (choose) {
      for (const box of boxes(choose.form)) {
        box.checked = choose.dataset.choose === "all";
        box.closest("tr")?.toggleAttribute("data-selected", box.checked);
      }
      count(choose.form.querySelector("[data-chosen]"));
    }
  });

  /* Fragments: what changed is said once, by the place that says it */
  const spoken = new Map();

  const say = (root, aloud) => {
    const marked = "[data-announce], .ds-alert[role]";
    const places = [...root.querySelectorAll(marked)];
    if (root.matches?.(marked)) places.unshift(root);
    for (const place of places) {
      const words = place.textContent.replace(/\s+/g, " ").trim();
      const key = place.closest("[id]")?.id || "";
      if (aloud && words && spoken.get(key) !== words) announce(words);
      spoken.set(key, words);
    }
  };

  document.addEventListener("htmx:load", (event) => {
    prepare(event.target);
    if (event.target !== document.body) say(event.target, true);
  });
  document.addEventListener("htmx:sendError", () => announce(document.body.dataset.unreachable));

  prepare(document);
  say(document, false);
})();
