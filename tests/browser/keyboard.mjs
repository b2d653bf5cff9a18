import assert from "node:assert/strict";
import { arriveAt, assertFocused, eventually, settled, station } from "./visit.mjs";

const focusable = "a[href], button, input, select, textarea, summary, [tabindex='0']";

/** Walks through the page with Tab, from its top to its end; each stop must be in sight and show that it has the focus. */
async function walkByTab(page) {
  const expected = await page.evaluate((selector) => {
    window.stops = [...document.querySelectorAll(selector)].filter(
      (element) => element.checkVisibility() && !element.disabled,
    );
    document.activeElement?.blur();
    return window.stops.map((element) => element.outerHTML.slice(0, 100));
  }, focusable);
  const visited = [];
  for (let press = 0; press < expected.length * 4; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        index: window.stops.indexOf(element),
        html: element.outerHTML.slice(0, 100),
        // The button within a date box is drawn, and marked, by the browser; the box then has no focus of its own.
        marked:
          !element.matches(":focus") ||
          (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) ||
          boxShadow !== "none",
        inSight: box.bottom > 0 && box.top < window.innerHeight,
      };
    });
    if (stop === null || (visited.length > 0 && stop.index === 0)) break;
    assert.ok(stop.index >= 0, `an unexpected stop: ${stop.html}`);
    assert.ok(stop.marked, `no sign of the focus on ${stop.html}`);
    assert.ok(stop.inSight, `out of sight: ${stop.html}`);
    // A date has several stops of its own.
    if (visited.at(-1) !== stop.index) visited.push(stop.index);
  }
  const missed = expected.filter((_, index) => !visited.includes(index));
  assert.deepEqual(missed, [], `Tab reaches everything on ${page.url()}`);
  assert.deepEqual(
    visited,
    [...visited].sort((left, right) => left - right),
    "in the order of the page",
  );
}

station("keyboard: Tab reaches everything, in order and in sight", { as: "editor" }, async (visit) => {
  const { page } = visit;
  for (const address of ["/", "/books", "/books/1", "/books/new", "/authors/2"]) {
    await page.goto(address);
    await settled(page);
    await walkByTab(page);
  }
});

station("keyboard: the first Tab offers to skip the navigation", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await page.getByRole("table").waitFor();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await assertFocused(skip);
  const box = await skip.boundingBox();
  assert.ok(box.y >= 0 && box.x >= 0, "in sight");
  await visit.picture("skip link", { fullPage: false });
  await page.keyboard.press("Enter");
  await assertFocused(page.getByRole("main"));
  await page.keyboard.press("Tab");
  await assertFocused(page.getByRole("link", { name: "Create" }));
});

station("keyboard: a dialog keeps the focus inside, and gives it back", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books/1");
  await arriveAt(page, "Pride and Prejudice");
  const opener = page.getByRole("button", { name: "Delete" });
  const dialog = page.getByRole("dialog");
  const isInside = () => dialog.evaluate((element) => element.contains(document.activeElement));

  for (const leave of ["Escape", "Cancel"]) {
    await opener.focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    assert.ok(await isInside(), "the focus goes into the dialog");
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press("Tab");
      const behind = await page.evaluate(
        () => document.activeElement !== document.body && !document.activeElement.closest("dialog"),
      );
      assert.equal(behind, false, "nothing behind the dialog gets the focus");
    }
    if (leave === "Escape") {
      await page.keyboard.press("Escape");
    } else {
      await dialog.getByRole("button", { name: leave }).focus();
      await page.keyboard.press("Enter");
    }
    await dialog.waitFor({ state: "hidden" });
    await assertFocused(opener);
  }
});

station(
  "keyboard: a whole row, from the list to a new entry and back, without a mouse",
  { as: "editor" },
  async (visit) => {
    const { page } = visit;
    const tabTo = async (locator) => {
      await locator.waitFor();
      await eventually(async () => {
        await page.keyboard.press("Tab");
        assert.ok(await locator.evaluate((element) => element === document.activeElement), `Tab comes to ${locator}`);
      });
    };
    await page.goto("/tags");
    await arriveAt(page, "Tags");
    await tabTo(page.getByRole("link", { name: "Create" }));
    await page.keyboard.press("Enter");
    await assertFocused(page.getByRole("heading", { level: 1, name: /tag/i }));
    await tabTo(page.getByLabel("Name"));
    await page.keyboard.type("Atlas");
    await page.keyboard.press("Enter");
    await assertFocused(page.getByRole("heading", { level: 1, name: "Atlas" }));
    await tabTo(page.getByRole("button", { name: "Delete" }));
    await page.keyboard.press("Enter");
    await tabTo(page.getByRole("dialog").getByRole("button", { name: "Delete" }));
    await page.keyboard.press("Enter");
    await assertFocused(page.getByRole("heading", { level: 1, name: "Tags" }));
    assert.equal(await page.getByRole("link", { name: "Atlas" }).count(), 0);
  },
);

station("keyboard: Escape closes an open picker and keeps the form", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/loans/new");
  const picker = page.getByRole("combobox", { name: "Book" });
  await picker.focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("listbox").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("listbox").waitFor({ state: "hidden" });
  await assertFocused(picker);
  assert.equal(new URL(page.url()).pathname, "/loans/new");
});
