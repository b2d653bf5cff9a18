import assert from "node:assert/strict";
import { arriveAt, eventually, station } from "./visit.mjs";

/** How bright the page is, from 0 (black) to 255. */
async function brightness(page) {
  const color = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [red, green, blue] = color.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

station("theme: follows the system until one is chosen, and remembers the choice", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await page.getByRole("table").waitFor();
  assert.ok((await brightness(page)) > 200, "light");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.ok((await brightness(page)) < 60, "dark with the system");

  await page.getByRole("button", { name: /Theme/ }).click();
  await eventually(async () => assert.ok((await brightness(page)) > 200, "light by choice"));
  await page.getByRole("button", { name: /Theme: light/ }).waitFor();
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: /Theme/ }).click();
  await eventually(async () => assert.ok((await brightness(page)) < 60, "dark by choice"));

  await page.reload({ waitUntil: "commit" });
  await page.locator("#root").waitFor({ state: "attached" });
  assert.ok((await brightness(page)) < 60, "dark from the first paint on");
  await page.getByRole("button", { name: /Theme: dark/ }).waitFor();
});

station("theme: every kind of page in the dark", { as: "editor", theme: "dark" }, async (visit) => {
  const { page } = visit;
  await page.goto("/");
  await arriveAt(page, "Team library");
  await visit.picture("dark home");
  await page.goto("/books");
  await page.getByRole("table").waitFor();
  await visit.picture("dark list");
  await page.goto("/books/1");
  await page.getByRole("heading", { name: "Loans" }).waitFor();
  assert.ok((await brightness(page)) < 60);
  await visit.picture("dark detail");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").waitFor();
  await visit.picture("dark delete dialog", { fullPage: false });
  await page.goto("/books/new");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "attention" }).waitFor();
  await page.getByRole("combobox", { name: "Author" }).click();
  await page.getByRole("listbox").getByRole("option").first().waitFor();
  await visit.picture("dark form errors and picker");
});
