import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { type EntityName, entityNamed } from "../../../src/web/registry";
import { valueText } from "../../../src/web/values/value-text";
import { type FakeRow, fakeApi } from "./fake-api";
import { format, t } from "./language";
import { renderApp } from "./render-app";

interface PagesUnderTest {
  entity: EntityName;
  schema: z.ZodObject;
  /** A row as the API gives it. */
  row: FakeRow;
  /** The fields that a new row cannot be saved without, in the order of the form. */
  required: string[];
  /** Texts that a field must refuse. */
  refused: { field: string; text: string; why: string }[];
}

/** Tests the list, detail, create and edit pages of one entity. */
export function describePages(pages: PagesUnderTest) {
  const { entity, schema, row, required, refused } = pages;
  const { path, many, title: named } = entityNamed(entity);
  const title = named === null ? `#${row.id}` : valueText(named.kind, row[named.name], t, format);
  const open = (address: string) => {
    const api = fakeApi({ rows: { [path]: [row] } });
    return { api, user: userEvent.setup(), ...renderApp(address) };
  };

  describe(`the pages of ${path}`, () => {
    test("the list leads to the row", async () => {
      const { user, router } = open(`/${path}`);
      await user.click(await screen.findByRole("link", { name: title }));
      await screen.findByRole("heading", { level: 1, name: title });
      expect(router.state.location.pathname).toBe(`/${path}/${row.id}`);
    });

    test("a row that is edited keeps what was not changed", async () => {
      const { api, user } = open(`/${path}/${row.id}/edit`);
      await user.click(await screen.findByRole("button", { name: t("form.save") }));
      await waitFor(() => expect(api.writes()).toHaveLength(1));
      const input = Object.fromEntries(
        Object.keys(schema.shape).map((name) => [name, row[name] ?? null]),
      );
      expect(api.writes()).toEqual([
        { method: "PUT", path: `/${path}/${row.id}`, body: schema.parse(input) },
      ]);
    });

    test(`a new row needs ${required.join(", ") || "nothing"}`, async () => {
      const { api, user, control } = open(`/${path}/new`);
      await user.click(await screen.findByRole("button", { name: t("form.save") }));
      if (required.length === 0) {
        await waitFor(() => expect(api.writes()).toHaveLength(1));
        return;
      }
      const wrong = document.querySelectorAll("[aria-invalid='true']");
      expect([...wrong]).toEqual(required.map(control));
      expect(document.activeElement).toBe(wrong[0]);
      expect(api.writes()).toEqual([]);
    });

    test.each(refused)("$field refuses what is $why", async ({ field, text }) => {
      const { api, user, control } = open(`/${path}/${row.id}/edit`);
      const save = await screen.findByRole("button", { name: t("form.save") });
      await user.clear(control(field));
      await user.click(control(field));
      await user.paste(text);
      await user.click(save);
      expect(control(field).getAttribute("aria-invalid")).toBe("true");
      expect(document.activeElement).toBe(control(field));
      expect(api.writes()).toEqual([]);
    });

    test("a row is deleted after a question", async () => {
      const { api, user, router } = open(`/${path}/${row.id}`);
      const ask = await screen.findByRole("button", { name: t("action.delete") });
      await user.click(ask);
      const dialog = screen.getByRole("dialog");
      expect(api.writes()).toEqual([]);
      const buttons = dialog.querySelectorAll("button");
      await user.click(buttons[buttons.length - 1] as HTMLElement);
      await screen.findByRole("heading", { level: 1, name: t(many) });
      expect(api.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
        `DELETE /${path}/${row.id}`,
      ]);
      expect(router.state.location.pathname).toBe(`/${path}`);
    });
  });
}
