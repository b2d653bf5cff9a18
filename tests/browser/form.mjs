import assert from "node:assert/strict";
import { arriveAt, assertFocused, description, eventually, refusal, station } from "./visit.mjs";

/** A picture of one green point. */
const cover = {
  name: "cover.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
};

/** Picks a row in a relation picker by typing and by the arrow keys, as one does who has no mouse. */
async function pickByKeyboard(page, label, typed, option) {
  const picker = page.getByRole("combobox", { name: label });
  await picker.focus();
  await page.keyboard.type(typed);
  const list = page.getByRole("listbox");
  await eventually(async () => assert.deepEqual(await list.getByRole("option").allInnerTexts(), [option]));
  const active = await picker.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`[id="${active}"]`).innerText(), option, "the active option is announced");
  await page.keyboard.press("Enter");
  await list.waitFor({ state: "hidden" });
}

/** What the detail page says of a field. */
async function detail(page, label) {
  return page
    .locator("dl > div")
    .filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) })
    .locator("dd")
    .innerText();
}

station("form: a book is created, its relations picked by keyboard", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await page.getByRole("link", { name: "Create" }).click();
  await arriveAt(page, /book/i);
  await visit.picture("book form empty");
  await page.getByLabel("Title").fill("The Left Hand of Darkness");
  await page.getByLabel("ISBN").fill("9780441478125");
  await page.getByLabel("Published on").fill("1969-03-01");
  await page.getByLabel("Pages").fill("304");
  await page.getByLabel("Price").fill("8.99");
  await page.getByLabel("Status").selectOption({ label: "Lent out" });
  await page.getByLabel("Cover").setInputFiles(cover);

  await page.getByRole("combobox", { name: "Author" }).click();
  await page.getByRole("listbox").getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await visit.picture("book form picker open");
  await page.keyboard.press("Escape");
  await page.getByRole("listbox").waitFor({ state: "hidden" });
  await pickByKeyboard(page, "Author", "lindq", "Maria Lindqvist");
  await pickByKeyboard(page, "Tags", "nov", "Novel");
  await pickByKeyboard(page, "Tags", "hist", "History");
  await visit.picture("book form filled in");
  await page.getByRole("button", { name: "Save" }).click();

  await arriveAt(page, "The Left Hand of Darkness");
  await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
  await eventually(async () => {
    assert.equal(await detail(page, "Author"), "Maria Lindqvist");
    assert.deepEqual((await detail(page, "Tags")).split(/\s+/).sort(), ["History", "Novel"]);
    assert.equal(await detail(page, "Status"), "Lent out");
    assert.equal(await detail(page, "Price"), "8.99");
    assert.equal(await detail(page, "Pages"), "304");
  });
  const image = page.getByRole("img", { name: "cover.png" });
  await eventually(async () =>
    assert.equal(await image.evaluate((element) => element.naturalWidth), 1, "the cover is shown"),
  );
  await visit.picture("book detail");
});

station("form: what is wrong is said at each field, and goes when it is mended", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books/new");
  await page.getByLabel("ISBN").fill("not a number");
  await page.getByLabel("Pages").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "4 fields need your attention" }).waitFor();
  await assertFocused(page.getByLabel("Title"));

  const wrong = { Title: /Fill this in/, ISBN: /\S/, Pages: /at least 1\b/, Author: /Fill this in/ };
  for (const [label, error] of Object.entries(wrong)) {
    const control = page.getByLabel(label, { exact: false }).first();
    assert.equal(await control.getAttribute("aria-invalid"), "true", label);
    assert.match(await description(control), error, label);
  }
  await visit.picture("book form errors");

  await page.getByLabel("Title").fill("A title");
  await eventually(async () => assert.equal(await page.getByLabel("Title").getAttribute("aria-invalid"), null));
  assert.doesNotMatch(await description(page.getByLabel("Title")), /Fill this in/);
});

station("form: a value that is taken already is refused at its field", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/publishers/new");
  await page.getByLabel("Name").fill("Northwind Press");
  visit.expectProblem(refusal(409));
  await page.getByRole("button", { name: "Save" }).click();
  await eventually(async () => assert.match(await description(page.getByLabel("Name")), /taken already/));
  await assertFocused(page.getByLabel("Name"));
  await visit.picture("publisher form taken");
});

station("form: a row is edited, and what was not touched stays", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books?search=dracula");
  await page.getByRole("link", { name: "Dracula" }).click();
  await arriveAt(page, "Dracula");
  const before = await Promise.all(
    ["ISBN", "Published on", "Price", "Author", "Tags"].map((label) => detail(page, label)),
  );
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await arriveAt(page, /Dracula/);
  await page.getByLabel("Title").fill("Dracula, annotated");
  await page.getByLabel("Pages").fill("488");
  await visit.picture("book form edit");
  await page.getByRole("button", { name: "Save" }).click();
  await arriveAt(page, "Dracula, annotated");
  await eventually(async () => assert.equal(await detail(page, "Pages"), "488"));
  const after = await Promise.all(
    ["ISBN", "Published on", "Price", "Author", "Tags"].map((label) => detail(page, label)),
  );
  assert.deepEqual(after, before);
  await page.getByRole("img", { name: /^image-/ }).waitFor();
});

station("form: leaving with changes asks first", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/authors/new");
  await page.getByLabel("Name").fill("Somebody");
  await page.getByRole("link", { name: "Tags", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await visit.picture("leave dialog", { fullPage: false });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.getByLabel("Name").inputValue(), "Somebody");
  await page.getByRole("link", { name: "Tags", exact: true }).click();
  await dialog.getByRole("button", { name: /Leave/ }).click();
  await arriveAt(page, "Tags");
});

station("form: without a connection nothing that was typed is lost", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/tags/new");
  await page.getByLabel("Name").fill("Poetry");
  await visit.context.setOffline(true);
  visit.expectProblem(/ERR_INTERNET_DISCONNECTED/);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
  await visit.picture("form without connection");
  await visit.context.setOffline(false);
  await page.getByRole("button", { name: "Save" }).click();
  await arriveAt(page, "Poetry");
});
