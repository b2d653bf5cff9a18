import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { access } from "../../src/shared/access";
import { fakeApi, problem } from "./support/fake-api";
import { t } from "./support/language";
import { renderApp } from "./support/render-app";
import { thingRoutes, things } from "./support/things";

const everyone = access.things ?? { read: [], write: [] };

afterEach(() => {
  access.things = everyone;
});

async function openSignIn(address: string) {
  const api = fakeApi({ rows: { things: things(1) }, user: null });
  const app = renderApp(address, thingRoutes());
  await screen.findByRole("heading", { level: 1, name: t("sign_in.title") });
  return { api, user: userEvent.setup(), ...app };
}

test("a page asks to sign in and then comes back", async () => {
  const { user, control, router } = await openSignIn("/things?sort=name");
  await user.type(control("login"), "ada");
  await user.type(control("password"), "correct horse{Enter}");
  await screen.findByRole("link", { name: "Thing 1" });
  expect(router.state.location.pathname + router.state.location.search).toBe("/things?sort=name");
});

test("a wrong password is said", async () => {
  const { api, user, control } = await openSignIn("/things");
  api.answer("POST", "/session", 401, problem(401));
  await user.type(control("login"), "ada");
  await user.type(control("password"), "wrong{Enter}");
  await screen.findByText(t("sign_in.refused"));
  await waitFor(() => expect(control("password").value).toBe(""));
  expect(document.activeElement).toBe(control("password"));
});

test("signing out leads back to the sign-in page", async () => {
  fakeApi({ rows: { things: things(1) } });
  const { router } = renderApp("/things", thingRoutes());
  await userEvent.click(await screen.findByRole("button", { name: t("sign_in.sign_out") }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
});

test("a session that has run out leads to the sign-in page", async () => {
  const api = fakeApi({ rows: { things: things(1) } });
  api.answer("GET", "/things/1", 401, problem(401));
  const { router } = renderApp("/things/1", thingRoutes());
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
});

test.each(["/things/new", "/things/1/edit"])("%s is refused to a reader", async (address) => {
  fakeApi({ rows: { things: things(1) } });
  access.things = { read: everyone.read, write: [] };
  renderApp(address, thingRoutes());
  expect((await screen.findByRole("alert")).textContent).toBe(t("failure.403"));
  expect(screen.queryByRole("button", { name: t("form.save") })).toBeNull();
});

test("buttons that change rows are shown only to those who may", async () => {
  fakeApi({ rows: { things: things(1) } });
  access.things = { read: everyone.read, write: [] };
  renderApp("/things/1", thingRoutes());
  await screen.findByRole("heading", { level: 1, name: "Thing 1" });
  expect(screen.queryByRole("link", { name: t("action.edit") })).toBeNull();
  expect(screen.queryByRole("button", { name: t("action.delete") })).toBeNull();
});
