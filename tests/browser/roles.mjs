import assert from "node:assert/strict";
import { arriveAt, column, settled, station } from "./visit.mjs";

const writingControls = /^(Create|Edit|Delete|Save)$/;

async function assertReadOnly(page) {
  for (const role of ["link", "button"]) {
    assert.equal(await page.getByRole(role, { name: writingControls }).count(), 0, `no ${role} that changes something`);
  }
}

async function assertForbidden(answer) {
  assert.equal(answer.status(), 403);
  assert.match(answer.headers()["content-type"], /^application\/problem\+json/);
  assert.equal((await answer.json()).status, 403);
}

station("roles: a viewer reads, and is offered nothing else", { as: "viewer" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await page.getByRole("link", { name: "Middlemarch" }).waitFor();
  await assertReadOnly(page);
  assert.equal(
    await page.getByRole("link", { name: "Readers", exact: true }).count(),
    0,
    "readers are not the viewer's to see",
  );
  await visit.picture("viewer list");
  await page.getByRole("link", { name: "Middlemarch" }).click();
  await arriveAt(page, "Middlemarch");
  await page.getByRole("heading", { name: "Loans" }).waitFor();
  await settled(page);
  await assertReadOnly(page);
  await visit.picture("viewer detail");
});

station("roles: a viewer who knows the address of a form gets no form", { as: "viewer" }, async (visit) => {
  const { page } = visit;
  for (const address of ["/books/new", "/books/1/edit"]) {
    await page.goto(address);
    await page
      .getByRole("alert")
      .filter({ hasText: /may not|not allowed/ })
      .waitFor();
    assert.equal(await page.locator("form").count(), 0);
    await assertReadOnly(page);
  }
  await visit.picture("viewer forbidden");
});

station("roles: the API refuses a viewer's changes with 403", { as: "viewer" }, async (visit) => {
  const book = { title: "Mine", authorId: 1, status: "available" };
  await assertForbidden(await visit.api.post("/api/books", { data: book }));
  await assertForbidden(await visit.api.put("/api/books/1", { data: book }));
  await assertForbidden(await visit.api.delete("/api/books/1"));
  await assertForbidden(await visit.api.get("/api/readers"));
  const kept = await visit.api.get("/api/books/1");
  assert.equal((await kept.json()).title, "Pride and Prejudice");
});

station("roles: an editor writes books, but neither shelves nor accounts", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/shelves");
  await page.getByRole("table").waitFor();
  assert.ok((await column(page, "Code")).length > 0);
  await assertReadOnly(page);
  await page.goto("/books");
  await page.getByRole("link", { name: "Create" }).waitFor();
  await assertForbidden(await visit.api.post("/api/shelves", { data: { code: "A1" } }));
  await assertForbidden(await visit.api.put("/api/users/1", { data: { login: "x", role: "admin" } }));
});

station("roles: an administrator opens an account, whose owner signs in", { as: "admin" }, async (visit) => {
  const { page } = visit;
  await page.goto("/users/new");
  await page.getByLabel("Login").fill("hilda");
  await page.getByLabel("Email").fill("hilda@example.org");
  await page.getByLabel("Role").selectOption({ label: "Viewer" });
  await page.getByLabel("Password").fill("a good password");
  await visit.picture("user form");
  await page.getByRole("button", { name: "Save" }).click();
  await arriveAt(page, "hilda");
  await page.getByRole("button", { name: "Sign out" }).click();
  await arriveAt(page, "Sign in");
  await page.getByLabel("Login").fill("hilda");
  await page.getByLabel("Password").fill("a good password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
});

station("roles: nobody reads without signing in", {}, async (visit) => {
  for (const path of ["/api/books", "/api/books/1", "/api/users", "/api/books/1/cover"]) {
    assert.equal((await visit.api.get(path)).status(), 401, path);
  }
});
