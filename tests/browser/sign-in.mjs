import assert from "node:assert/strict";
import { people } from "./stage.mjs";
import { arriveAt, assertFocused, description, refusal, station } from "./visit.mjs";

async function fillIn(page, { login, password }) {
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

station(
  "sign-in: a wrong password is refused, the right one leads to the page that was asked for",
  {},
  async (visit) => {
    const { page } = visit;
    await page.goto("/books?sort=title");
    await arriveAt(page, "Sign in");
    await visit.picture("sign-in");

    visit.expectProblem(refusal(401));
    await fillIn(page, { login: people.admin.login, password: "not-the-password" });
    const alert = page.getByRole("alert").filter({ hasText: "do not belong together" });
    await alert.waitFor();
    await visit.picture("sign-in wrong password");
    assert.equal(await page.getByLabel("Login").inputValue(), people.admin.login, "what was typed is kept");

    await fillIn(page, people.admin);
    await arriveAt(page, "Books");
    assert.equal(new URL(page.url()).search, "?sort=title");
    await page.getByRole("link", { name: "Pride and Prejudice" }).waitFor();
  },
);

station("sign-in: an empty form says what is missing", {}, async (visit) => {
  const { page } = visit;
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await assertFocused(page.getByLabel("Login"));
  for (const label of ["Login", "Password"]) {
    assert.match(await description(page.getByLabel(label)), /Fill this in/);
  }
});

station("sign-in: signing out ends the session", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/authors");
  await page.getByRole("link", { name: "Books", exact: true }).click();
  await page.getByRole("link", { name: "Pride and Prejudice" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await arriveAt(page, "Sign in");
  assert.equal((await visit.api.get("/api/books")).status(), 401);
  await page.goBack();
  await arriveAt(page, "Sign in");
});

station("sign-in: a session that has ended leads to sign-in and back again", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/authors");
  await page.getByRole("link", { name: "Maria Lindqvist" }).waitFor();
  await visit.context.clearCookies();
  visit.expectProblem(refusal(401));
  await page.getByRole("link", { name: "Books", exact: true }).click();
  await arriveAt(page, "Sign in");
  await fillIn(page, people.editor);
  await arriveAt(page, "Books");
});
