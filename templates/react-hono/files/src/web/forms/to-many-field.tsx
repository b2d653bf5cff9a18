import { useState } from "react";
import type { Option } from "../../shared/fields";
import { useI18n } from "../i18n/i18n";
import type { EntityName } from "../registry";
import { Combobox } from "./combobox";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

interface ToManyFieldProps extends FieldProps<number[]> {
  entity: EntityName;
  /** The field of its rows that names them, where it is not their usual one. */
  labelField?: string;
  selected: readonly Option[] | undefined;
}

/** Picks the rows that this row is linked with. */
export function ToManyField({
  field,
  label,
  hint,
  entity,
  labelField,
  selected = [],
}: ToManyFieldProps) {
  const { t } = useI18n();
  const [known, setKnown] = useState(selected);
  const ids = field.value ?? [];

  return (
    <FieldFrame field={field} label={label} hint={hint}>
      {ids.length > 0 && (
        <ul className="chips" aria-label={label}>
          {ids.map((id) => {
            const name = known.find((option) => option.id === id)?.label ?? `#${id}`;
            return (
              <li key={id} className="chip">
                {name}
                <button
                  type="button"
                  aria-label={t("picker.remove", { label: name })}
                  onClick={() => {
                    field.set(ids.filter((other) => other !== id));
                    document.getElementById(field.id)?.focus();
                  }}
                >
                  ×
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <Combobox
        control={controlAttributes(field, hint)}
        entity={entity}
        labelField={labelField}
        text=""
        hidden={ids}
        onPick={(option) => {
          setKnown([...known, option]);
          field.set([...ids, option.id]);
        }}
        onErase={() => field.set(ids.slice(0, -1))}
      />
    </FieldFrame>
  );
}
