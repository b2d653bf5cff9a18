import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { entities } from "../../src/web/registry";
import { fakeApi } from "./support/fake-api";
import { t } from "./support/language";
import { renderApp } from "./support/render-app";

function open(address: string) {
  fakeApi();
  renderApp(address);
  return userEvent.setup();
}

test("the navigation leads to every list", async () => {
  open("/");
  const navigation = await screen.findByRole("navigation", { name: t("nav.main") });
  const links = await within(navigation).findAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual(
    entities.map(({ path }) => `/${path}`),
  );
});

test("a link takes the focus to the heading of the page it leads to", async () => {
  const user = open("/");
  const [entity] = entities;
  const navigation = await screen.findByRole("navigation", { name: t("nav.main") });
  await user.click(await within(navigation).findByRole("link", { name: t(entity.many) }));
  const heading = await screen.findByRole("heading", { level: 1, name: t(entity.many) });
  await waitFor(() => expect(document.activeElement).toBe(heading));
  expect(document.title).toContain(t(entity.many));
});

test("the first thing that Tab reaches skips to the content", async () => {
  const user = open("/");
  await screen.findByRole("main");
  await user.tab();
  expect(document.activeElement?.textContent).toBe(t("nav.skip"));
  expect(document.activeElement?.getAttribute("href")).toBe(`#${screen.getByRole("main").id}`);
});

test("an unknown address says that there is no such page", async () => {
  open("/no/such/page");
  await screen.findByRole("heading", { level: 1, name: t("not_found.title") });
});

test("the theme goes from the system's to light to dark and is kept", async () => {
  const user = open("/");
  await user.click(await screen.findByRole("button", { name: t("theme.system") }));
  expect(document.documentElement.dataset.theme).toBe("light");
  await user.click(screen.getByRole("button", { name: t("theme.light") }));
  expect(document.documentElement.dataset.theme).toBe("dark");
  expect(localStorage.getItem("theme")).toBe("dark");
  await user.click(screen.getByRole("button", { name: t("theme.dark") }));
  expect(document.documentElement.dataset.theme).toBeUndefined();
});
