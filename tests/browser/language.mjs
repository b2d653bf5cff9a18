import assert from "node:assert/strict";
import { arriveAt, column, eventually, station } from "./visit.mjs";

/** Keys of the catalogues that reach the page as they are: texts that somebody forgot. */
const bareKey =
  /\b(?:action|delete|error|failure|form|list|nav|picker|sign_in|state|theme|value|field|entity)\.[a-z_]+\b/;

station("language: switched to Russian and back, and remembered", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await page.getByRole("table").waitFor();
  await page.getByRole("combobox", { name: "Language" }).selectOption("ru");
  await eventually(async () => assert.equal(await page.locator("html").getAttribute("lang"), "ru"));
  await page.getByRole("button", { name: "Выйти" }).waitFor();
  assert.equal(await page.getByText("Sign out").count(), 0);
  const months = (await column(page, "Published on")).filter((text) => text !== "—");
  assert.ok(months.length > 0 && months.every((text) => /[а-я]/.test(text)), `dates in Russian: ${months}`);
  await visit.picture("russian list");

  await page.reload();
  await page.getByRole("button", { name: "Выйти" }).waitFor();
  await page.goto("/books/new");
  await page.getByRole("button", { name: "Сохранить" }).click();
  await eventually(async () => assert.ok((await page.locator("[aria-invalid=true]").count()) > 0));
  await visit.picture("russian form errors");
  assert.doesNotMatch(await page.locator("body").innerText(), bareKey);

  await page.goto("/books/1");
  await arriveAt(page, "Pride and Prejudice");
  await visit.picture("russian detail");
  assert.doesNotMatch(await page.locator("body").innerText(), bareKey);
  await page.getByRole("combobox").first().selectOption("en");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

station("language: the browser's own comes first", { locale: "ru-RU" }, async (visit) => {
  const { page } = visit;
  await page.goto("/");
  await page.getByRole("button", { name: "Войти" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  await visit.picture("russian sign-in");
});
