import { Link, useNavigate } from "react-router";
import type { Option } from "../../shared/fields";
import type { RemainingReference } from "../../shared/problem";
import { ApiError } from "../api/client";
import { useDeleteRow } from "../api/rows";
import { useAnnounce } from "../components/announcer";
import { Dialog } from "../components/dialog";
import { Failure } from "../components/failure";
import { useI18n } from "../i18n/i18n";
import { messageKey } from "../i18n/translate";
import { entityNamed, type RegisteredEntity } from "../registry";

interface DeleteDialogProps {
  entity: RegisteredEntity;
  target: Option;
  onClose: () => void;
}

/** Asks before a row is deleted; when others still refer to it, says which. */
export function DeleteDialog({ entity, target, onClose }: DeleteDialogProps) {
  const { t } = useI18n();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const deletion = useDeleteRow(entity.path, target.id);
  const references =
    deletion.error instanceof ApiError ? deletion.error.problem?.references : undefined;

  const titleKey = references === undefined ? "delete.title" : "delete.refused";

  function confirm() {
    deletion.mutate(undefined, {
      onSuccess() {
        announce(t("delete.done", { title: target.label }));
        navigate(`/${entity.path}`, { replace: true });
      },
    });
  }

  return (
    <Dialog title={t(titleKey, { title: target.label })} onClose={onClose}>
      {references === undefined ? (
        <p>{t("delete.text")}</p>
      ) : (
        <References references={references} id={target.id} />
      )}
      {deletion.isError && references === undefined && <Failure error={deletion.error} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {t(references === undefined ? "action.cancel" : "action.close")}
        </button>
        {references === undefined && (
          <button
            type="button"
            className="button danger"
            aria-disabled={deletion.isPending}
            onClick={confirm}
          >
            {t("action.delete")}
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface ReferencesProps {
  references: RemainingReference[];
  id: number;
}

function References({ references, id }: ReferencesProps) {
  const { t } = useI18n();
  return (
    <div role="alert">
      <p>{t("delete.still_referred")}</p>
      <ul>
        {references.map((reference) => {
          const entity = entityNamed(reference.entity);
          const relation = messageKey(`field.${reference.entity}.${reference.field}`);
          const text = t("delete.references", {
            entity: entity === undefined ? reference.label : t(entity.many),
            relation: relation === undefined ? reference.field : t(relation),
            count: reference.count,
          });
          return (
            <li key={`${reference.entity}.${reference.field}`}>
              {entity === undefined ? (
                text
              ) : (
                <Link to={`/${entity.path}?${reference.field}=${id}`}>{text}</Link>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
