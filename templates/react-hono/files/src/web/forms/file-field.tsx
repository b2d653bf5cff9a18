import { type ChangeEvent, useRef } from "react";
import type { FileValue } from "../../shared/fields";
import { useI18n } from "../i18n/i18n";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

interface FileFieldProps extends FieldProps<FileValue> {
  maximumBytes: number;
  /** What the file dialog offers, such as `image/*`. */
  accept?: string;
}

function readBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

export function FileField({ field, label, hint, maximumBytes, accept }: FileFieldProps) {
  const { t, format } = useI18n();
  const input = useRef<HTMLInputElement>(null);
  const limit = t("form.file_hint", { size: format.bytes(maximumBytes) });
  const notes = hint === undefined ? limit : `${hint} ${limit}`;

  async function choose(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0];
    if (file === undefined) {
      return;
    }
    if (file.size > maximumBytes) {
      field.refuse({ code: "file_too_large", params: { maximumBytes } });
      return;
    }
    field.set({
      name: file.name,
      mediaType: file.type || "application/octet-stream",
      data: await readBase64(file),
    });
  }

  function clear() {
    if (input.current !== null) {
      input.current.value = "";
    }
    field.set(null);
  }

  return (
    <FieldFrame field={field} label={label} hint={notes}>
      <div className="file-control">
        {/* The browser's own button speaks the browser's language, so a label stands in for it. */}
        <input
          {...controlAttributes(field, notes)}
          ref={input}
          type="file"
          accept={accept}
          onChange={choose}
        />
        <label className="button" htmlFor={field.id}>
          {t("form.choose_file")}
        </label>
        {field.value !== null && (
          <>
            <span>{field.value.name}</span>
            <button type="button" className="button small" onClick={clear}>
              {t("form.remove_file")}
            </button>
          </>
        )}
      </div>
      {field.value !== null && "data" in field.value && accept === "image/*" && (
        <img
          className="thumbnail"
          src={`data:${field.value.mediaType};base64,${field.value.data}`}
          alt={field.value.name}
        />
      )}
    </FieldFrame>
  );
}
