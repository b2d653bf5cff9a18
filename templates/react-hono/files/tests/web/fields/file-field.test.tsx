import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { FileValue } from "../../../src/shared/fields";
import { FileField } from "../../../src/web/forms/file-field";
import { t } from "../support/language";
import { renderField } from "../support/render-field";

function open(value: FileValue | null) {
  return renderField({ value }, (field) => (
    <FileField field={field} label="File" maximumBytes={5} />
  ));
}

test("a file that is chosen is read, and can be taken away again", async () => {
  const state = open(null);
  const file = new File(["Hello"], "note.txt", { type: "text/plain" });
  await userEvent.upload(screen.getByLabelText("File"), file);
  await waitFor(() =>
    expect(state.value).toEqual({ name: "note.txt", mediaType: "text/plain", data: "SGVsbG8=" }),
  );
  await userEvent.click(screen.getByRole("button", { name: t("form.remove_file") }));
  expect(state.value).toBeNull();
});

test("a file that is too large is refused, and the earlier one stays", async () => {
  const earlier = { name: "old.txt", mediaType: "text/plain", sizeBytes: 3 };
  const state = open(earlier);
  await userEvent.upload(screen.getByLabelText("File"), new File(["Hello!"], "large.txt"));
  expect(state.refusals).toEqual(["file_too_large"]);
  expect(state.value).toEqual(earlier);
});
