import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { TextField } from "../../../src/web/forms/text-field";
import { t } from "../support/language";
import { renderField } from "../support/render-field";

const error = {
  path: "code",
  code: "invalid_format",
  message: "Invalid",
  params: { format: "pattern" },
};

test("a text that breaks its pattern is told what is asked for", () => {
  renderField<string | null>({ value: "x" }, (field) => (
    <TextField field={{ ...field, error }} label="Code" hint="Two letters" />
  ));
  expect(screen.getByText(t("error.invalid_format.pattern", { hint: "Two letters" }))).toBeTruthy();
});

test("without words for its pattern a text is only said to be wrong", () => {
  renderField<string | null>({ value: "x" }, (field) => (
    <TextField field={{ ...field, error }} label="Code" />
  ));
  expect(screen.getByText(t("error.invalid_format"))).toBeTruthy();
});
