import { useState } from "react";
import type { Option } from "../../shared/fields";
import { useI18n } from "../i18n/i18n";
import type { EntityName } from "../registry";
import { Combobox } from "./combobox";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

interface ToOneFieldProps extends FieldProps<number> {
  entity: EntityName;
  /** The field of its rows that names them, where it is not their usual one. */
  labelField?: string;
  /** The row that is referred to at first, so that it can be named. */
  selected: Option | null | undefined;
}

/** Picks the one row that this row refers to. */
export function ToOneField({ field, label, hint, entity, labelField, selected }: ToOneFieldProps) {
  const { t } = useI18n();
  const [picked, setPicked] = useState(selected);
  const text = picked?.id === field.value ? (picked?.label ?? "") : "";

  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <div className="input-row">
        <Combobox
          control={controlAttributes(field, hint)}
          entity={entity}
          labelField={labelField}
          text={text}
          onPick={(option) => {
            setPicked(option);
            field.set(option.id);
          }}
          onErase={() => field.set(null)}
        />
        {field.value !== null && (
          <button
            type="button"
            className="button"
            aria-label={t("picker.clear", { label })}
            onClick={() => {
              field.set(null);
              document.getElementById(field.id)?.focus();
            }}
          >
            ×
          </button>
        )}
      </div>
    </FieldFrame>
  );
}
