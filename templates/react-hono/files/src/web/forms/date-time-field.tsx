import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

/** Writes an instant as `datetime-local` wants it: the local time without an offset. */
function toLocal(instant: string): string {
  const date = new Date(instant);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return date.getUTCSeconds() === 0 ? local.slice(0, 16) : local.slice(0, 19);
}

/** An instant, shown and typed in the time zone of the person who looks. */
export function DateTimeField({ field, label, hint }: FieldProps<string>) {
  const local = field.value === null ? "" : toLocal(field.value);
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        className="narrow"
        type="datetime-local"
        step={local.length > "0000-00-00T00:00".length ? 1 : 60}
        value={local}
        onChange={({ target }) =>
          field.set(target.value === "" ? null : new Date(target.value).toISOString())
        }
      />
    </FieldFrame>
  );
}
