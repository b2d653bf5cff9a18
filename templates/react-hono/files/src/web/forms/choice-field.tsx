import { useI18n } from "../i18n/i18n";
import { type ChoiceLabels, choiceLabel } from "../i18n/labels";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

interface ChoiceFieldProps<Choice extends string> extends FieldProps<Choice> {
  choices: readonly Choice[];
  labels: ChoiceLabels;
}

export function ChoiceField<Choice extends string>({
  field,
  label,
  hint,
  choices,
  labels,
}: ChoiceFieldProps<Choice>) {
  const { t } = useI18n();
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <select
        {...controlAttributes(field, hint)}
        className="narrow"
        value={field.value ?? ""}
        onChange={({ target }) =>
          field.set(choices.find((choice) => choice === target.value) ?? null)
        }
      >
        <option value="">{t("form.no_choice")}</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choiceLabel(t, labels, choice)}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
