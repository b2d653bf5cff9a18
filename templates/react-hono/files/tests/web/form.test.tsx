import { onlineManager } from "@tanstack/react-query";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { fakeApi, problem } from "./support/fake-api";
import { t } from "./support/language";
import { renderApp } from "./support/render-app";
import { thingRoutes, things } from "./support/things";

afterEach(() => onlineManager.setOnline(true));

async function openForm(address = "/things/new") {
  const api = fakeApi({ rows: { things: things(2) } });
  const app = renderApp(address, thingRoutes());
  const save = await screen.findByRole("button", { name: t("form.save") });
  return { api, user: userEvent.setup(), save, ...app };
}

const errorOf = (control: HTMLElement) =>
  document.getElementById(control.getAttribute("aria-describedby") ?? "")?.textContent;

test("wrong values are said at their fields, and the first one takes the focus", async () => {
  const { api, user, save, control } = await openForm();
  await user.type(control("size"), "many");
  await user.click(save);
  expect(errorOf(control("name"))).toBe(t("error.required"));
  expect(errorOf(control("size"))).toBe(t("error.invalid_type.number"));
  expect(document.activeElement).toBe(control("name"));
  expect(screen.getByRole("alert").textContent).toBe(t("form.errors", { count: 2 }));
  expect(api.writes()).toEqual([]);
});

test("an error goes as soon as the value is mended", async () => {
  const { user, save, control } = await openForm();
  await user.click(save);
  await user.type(control("name"), "A");
  expect(errorOf(control("name"))).toBe(t("error.too_short", { count: 2 }));
  await user.type(control("name"), "B");
  expect(control("name").getAttribute("aria-invalid")).toBeNull();
});

test("a new row is sent and shown", async () => {
  const { api, user, save, control, router } = await openForm();
  await user.type(control("name"), "Lamp");
  await user.type(control("size"), "30");
  await user.click(save);
  await screen.findByRole("heading", { level: 1, name: "Lamp" });
  expect(api.writes()).toEqual([
    { method: "POST", path: "/things", body: { name: "Lamp", size: 30 } },
  ]);
  expect(router.state.location.pathname).toBe("/things/3");
  expect(screen.getByText(t("form.saved"))).toBeTruthy();
});

test("what the server refuses is said at the field it names", async () => {
  const { api, user, save, control } = await openForm("/things/1/edit");
  api.answer(
    "PUT",
    "/things/1",
    409,
    problem(409, {
      errors: [{ path: "name", code: "not_unique", message: "Taken", params: {} }],
    }),
  );
  await user.click(save);
  await waitFor(() => expect(document.activeElement).toBe(control("name")));
  expect(errorOf(control("name"))).toBe(t("error.not_unique"));
});

test("what the server refuses in a place that the form does not show is said above it", async () => {
  const { api, user, save } = await openForm("/things/1/edit");
  const errors = [{ path: "colour", code: "odd", message: "No such colour", params: {} }];
  api.answer("PUT", "/things/1", 422, problem(422, { errors }));
  await user.click(save);
  await screen.findByText("colour: No such colour");
});

test("a failed save says so and keeps what was typed", async () => {
  const { api, user, save, control } = await openForm();
  api.answer("POST", "/things", 403, problem(403));
  await user.type(control("name"), "Lamp");
  await user.click(save);
  await screen.findByText(t("failure.403"));
  expect(control("name").value).toBe("Lamp");
});

test("a form that is saved offline says so, and can be saved again", async () => {
  const { user, save, control } = await openForm();
  const online = fetch;
  onlineManager.setOnline(false);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await user.type(control("name"), "Lamp");
  await user.click(save);
  await screen.findByText(t("failure.connection"));
  onlineManager.setOnline(true);
  vi.stubGlobal("fetch", online);
  await user.click(save);
  await screen.findByRole("heading", { level: 1, name: "Lamp" });
});

test("a form that nobody has changed is left without a question", async () => {
  const { user, router } = await openForm();
  await user.click(screen.getByRole("link", { name: t("action.cancel") }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/things"));
});

test("leaving with unsaved changes is asked about first", async () => {
  const { user, control, router } = await openForm();
  await user.type(control("name"), "Lamp");
  await user.click(screen.getByRole("link", { name: t("action.cancel") }));
  await user.click(screen.getByRole("button", { name: t("leave.stay") }));
  expect(control("name").value).toBe("Lamp");
  await user.click(screen.getByRole("link", { name: t("action.cancel") }));
  await user.click(screen.getByRole("button", { name: t("leave.leave") }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/things"));
});
