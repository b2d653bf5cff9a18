import { type KeyboardEvent, useId, useState } from "react";
import type { Option } from "../../shared/fields";
import { useOptions } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import { type EntityName, entityNamed } from "../registry";
import { useDebounced } from "../use-debounced";
import type { controlAttributes } from "./field-frame";

interface ComboboxProps {
  control: ReturnType<typeof controlAttributes>;
  /** The entity whose rows are offered. */
  entity: EntityName;
  /** The field of theirs that names them, where it is not their usual one. */
  labelField?: string;
  /** What stands in the box while nothing is being typed. */
  text: string;
  /** Options that are chosen already and therefore not offered. */
  hidden?: readonly number[];
  onPick: (option: Option) => void;
  /** The person emptied the box, or pressed Backspace in the empty one. */
  onErase: () => void;
}

/** A searchable list of rows of another entity (the ARIA combobox pattern). */
export function Combobox({
  control,
  entity,
  labelField,
  text,
  hidden = [],
  onPick,
  onErase,
}: ComboboxProps) {
  const { t } = useI18n();
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [activeIndex, setActiveIndex] = useState(0);
  const search = useDebounced(typed ?? "");
  const query = useOptions(
    entityNamed(entity).path,
    labelField === undefined ? { search } : { search, label: labelField },
    open,
  );
  const options = (query.data ?? []).filter((option) => !hidden.includes(option.id));
  const active = open ? options[Math.min(activeIndex, options.length - 1)] : undefined;
  const optionId = (option: Option) => `${listId}-${option.id}`;

  function close() {
    setOpen(false);
    setTyped(null);
    setActiveIndex(0);
  }

  function pick(option: Option) {
    onPick(option);
    close();
  }

  function move(step: 1 | -1) {
    if (!open) {
      setOpen(true);
      return;
    }
    const count = Math.max(options.length, 1);
    const next = (Math.min(activeIndex, count - 1) + step + count) % count;
    setActiveIndex(next);
    const option = options[next];
    if (option !== undefined) {
      document.getElementById(optionId(option))?.scrollIntoView({ block: "nearest" });
    }
  }

  function pressKey(event: KeyboardEvent<HTMLInputElement>) {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
        break;
      case "Enter":
        if (active !== undefined) {
          event.preventDefault();
          pick(active);
        }
        break;
      case "Escape":
        if (open) {
          event.preventDefault();
          close();
        }
        break;
      case "Backspace":
        if (event.currentTarget.value === "") {
          onErase();
        }
        break;
    }
  }

  function type(value: string) {
    setTyped(value);
    setOpen(true);
    setActiveIndex(0);
    if (value === "" && text !== "") {
      onErase();
    }
  }

  return (
    <div className="combobox">
      <input
        {...control}
        role="combobox"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active && optionId(active)}
        autoComplete="off"
        placeholder={t("picker.placeholder")}
        value={typed ?? text}
        onChange={(event) => type(event.target.value)}
        onClick={() => setOpen(true)}
        onKeyDown={pressKey}
        onBlur={close}
      />
      {open && (
        <div className="combobox-popup">
          <div id={listId} role="listbox" aria-label={t("picker.options")}>
            {options.map((option) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text box, which names the active option
              <div
                key={option.id}
                id={optionId(option)}
                role="option"
                aria-selected={option === active}
                onMouseDown={(event) => {
                  // The press must not take the focus out of the text box.
                  event.preventDefault();
                  pick(option);
                }}
              >
                {option.label}
              </div>
            ))}
          </div>
          <p className="combobox-status" role="status">
            {query.isPending && t("state.loading")}
            {query.isError && t("picker.failed")}
            {query.isSuccess && options.length === 0 && t("picker.empty")}
          </p>
        </div>
      )}
    </div>
  );
}
